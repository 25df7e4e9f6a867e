/* Files of an utterance for other programs: Praat's TextGrid and PitchTier (long text format),
   and tables as CSV. */
const IntonationPraat = (() => {
  "use strict";

  const quoted = (text) => `"${String(text).replace(/[\r\n]+/g, " ").replace(/"/g, '""')}"`;
  const time = (seconds) => String(Number(seconds.toFixed(6)));

  /* Intervals that leave no gap from `start` to `end`: empty ones lie between those that say
     something, as Praat wants them. */
  function filled(items, start, end) {
    const found = [];
    let at = start;
    for (const item of items) {
      const [from, to] = [Math.max(at, item.start), Math.min(end, item.end)];
      if (to - from < 1e-6) continue;
      if (from - at > 1e-6) found.push({ start: at, end: from, text: "" });
      found.push({ start: found.length ? found.at(-1).end : start, end: to, text: item.text });
      at = to;
    }
    if (end - at > 1e-6) found.push({ start: at, end, text: "" });
    return found;
  }

  function extent(utterance) {
    const frames = (utterance.f0True.length * utterance.frame_shift_ms) / 1000;
    return [Math.min(0, utterance.start), Math.max(utterance.end, frames)];
  }

  function textGrid(utterance) {
    const [start, end] = extent(utterance);
    const lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", `xmin = ${time(start)}`,
      `xmax = ${time(end)}`, "tiers? <exists>", `size = ${utterance.tiers.length}`, "item []:"];
    utterance.tiers.forEach((tier, number) => {
      const intervals = filled(tier.items, start, end);
      lines.push(`    item [${number + 1}]:`, '        class = "IntervalTier"', `        name = ${quoted(tier.key)}`,
        `        xmin = ${time(start)}`, `        xmax = ${time(end)}`, `        intervals: size = ${intervals.length}`);
      intervals.forEach((interval, at) => {
        lines.push(`        intervals [${at + 1}]:`, `            xmin = ${time(interval.start)}`,
          `            xmax = ${time(interval.end)}`, `            text = ${quoted(interval.text)}`);
      });
    });
    return `${lines.join("\n")}\n`;
  }

  /* f0: Hz of every frame; its voiced frames become points at their centres. */
  function pitchTier(utterance, f0) {
    const [start, end] = extent(utterance);
    const shift = utterance.frame_shift_ms / 1000;
    const points = [...f0].map((hz, frame) => [(frame + 0.5) * shift, hz]).filter(([, hz]) => hz > 0);
    const lines = ['File type = "ooTextFile"', 'Object class = "PitchTier"', "", `xmin = ${time(start)}`,
      `xmax = ${time(end)}`, `points: size = ${points.length}`];
    points.forEach(([at, hz], number) => {
      lines.push(`points [${number + 1}]:`, `    number = ${time(at)}`, `    value = ${Number(hz.toFixed(2))}`);
    });
    return `${lines.join("\n")}\n`;
  }

  /* ---- tables ---- */

  /* A text that a spreadsheet would take for a formula gets an apostrophe before it. */
  function cell(value) {
    if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : "";
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  }

  const table = (rows) => `${rows.map((row) => row.map((value) => cell(value)).join(",")).join("\r\n")}\r\n`;

  /* time_s, F0 measured and predicted in Hz, empty where unvoiced; with a changed contour too. */
  function framesTable(utterance, changed = null) {
    const shift = utterance.frame_shift_ms / 1000;
    const hz = (value) => (value > 0 ? value : NaN);
    const header = ["time_s", "phone", "f0_measured_hz", "f0_predicted_hz", ...(changed ? ["f0_changed_hz"] : [])];
    const rows = [...utterance.f0True].map((value, frame) => {
      const at = (frame + 0.5) * shift;
      const phone = utterance.phones[IntonationData.phoneAt(utterance, at)];
      const row = [at, phone.text, hz(value), hz(utterance.f0Predicted[frame])].map((one) =>
        (typeof one === "number" ? Number(one.toFixed(4)) : one));
      return changed ? [...row, hz(changed[frame])] : row;
    });
    return table([header, ...rows]);
  }

  /* A row a group and phone: what the group contributes a frame, in the unit of the model. */
  function relevanceTable(utterance, level) {
    const { rows } = IntonationMap.perFrame(utterance, level);
    const unit = utterance.unit.replace(/ /g, "_").toLowerCase();
    const lines = [["level", "group", "name", "phone", "start_s", "end_s", "frames", `relevance_${unit}_per_frame`]];
    rows.forEach((row, group) => utterance.phones.forEach(({ start, end, text }, phone) => {
      lines.push([level.slug, level.groups[group], level.names[group], text, start, end, utterance.frames[phone],
        row[phone]]);
    }));
    return table(lines);
  }

  return { framesTable, pitchTier, relevanceTable, textGrid };
})();
