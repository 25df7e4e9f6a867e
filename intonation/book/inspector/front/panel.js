/* The numbers beside the score: what pushes here, what pushed in the selection, the legend. */
const IntonationPanel = (() => {
  "use strict";

  const { node } = IntonationFrame;

  /* ---- bars ---- */

  /* A name of several parts may be broken after each of them. */
  function breakable(name) {
    return name.split(/(?<=_)/).flatMap((part) => [part, node("wbr")]);
  }

  function tooltip(constant, name) {
    return constant && constant !== name ? { title: constant } : {};
  }

  function bar(value, limit) {
    const share = limit ? (Math.abs(value) / limit) * 50 : 0;
    const side = value < 0 ? `right:50%;width:${share}%` : `left:50%;width:${share}%`;
    return node("span", {}, node("i", { class: value < 0 ? "ins-down" : "ins-up", style: side }));
  }

  function row({ name, constant, value }, unit, kind, track) {
    return node("tr", { class: kind },
      node("th", { scope: "row", ...tooltip(constant, name) }, ...breakable(name)),
      node("td", { class: "ins-track", "aria-hidden": "true" }, ...track),
      node("td", { class: "ins-value" }, IntonationData.number(value, unit)));
  }

  /* The table of the selection: what pushes up, strongest first, then what pushes down. */
  function drawBars(ui, utterance, summary) {
    const { shown, hidden, rest } = IntonationData.strongest(summary.groups);
    const bars = shown.map((group) => [group, ""]);
    const weaker = `${hidden} weaker ${hidden > 1 ? "groups" : "group"}`;
    if (hidden) bars.push([{ name: weaker, value: rest }, "ins-other"]);
    const limit = bars.reduce((most, [{ value }]) => Math.max(most, Math.abs(value)), 0);
    const { unit } = utterance;
    const sums = [["absorbed by biases", summary.absorbed], ["model's output", summary.explained]];
    ui.bars.replaceChildren(
      node("caption", {}, `${summary.level.title}: contribution to F0, ${unit}, mean per frame`),
      node("tbody", {}, ...bars.map(([group, kind]) => row(group, unit, kind, [bar(group.value, limit)]))),
      node("tfoot", {}, ...sums.filter(([, value]) => value !== null).map(([name, value]) =>
        row({ name, value }, unit, "ins-sum", []))));
    ui.note.textContent = summary.level.complete
      ? "Groups and biases add up to the model's output."
      : "Groups of this level overlap or leave features out: they need not add up to the output.";
  }

  /* ---- what pushes here: rows that stay, texts that change ---- */

  function hereParts(ui) {
    if (!ui.hereParts) {
      const parts = {
        time: node("b", { class: "ins-here-time" }),
        measured: node("span", { class: "ins-here-true" }),
        predicted: node("span", { class: "ins-here-predicted" }),
        changed: node("span", { class: "ins-here-changed" }),
        labels: node("span", { class: "ins-here-labels", lang: "pl", dir: "auto" }),
        list: node("ul", { class: "ins-reasons" }),
        sum: node("p", { class: "ins-here-sum" }),
        rows: [],
      };
      ui.here.append(node("p", { class: "ins-here-head" }, parts.time, parts.measured, parts.predicted,
        parts.changed, parts.labels), parts.list, parts.sum);
      ui.hereParts = parts;
    }
    return ui.hereParts;
  }

  function hereRow(parts, at) {
    if (!parts.rows[at]) {
      const one = { name: node("span", { class: "ins-reason-name" }), fill: node("i"),
        value: node("span", { class: "ins-value" }) };
      const track = node("span", { class: "ins-track", "aria-hidden": "true" }, node("span", {}, one.fill));
      one.item = node("li", {}, one.name, track, one.value);
      parts.rows[at] = one;
      parts.list.append(one.item);
    }
    return parts.rows[at];
  }

  function fillRow(one, part, value, limit, unit) {
    one.item.className = `ins-reason-${part.kind}`;
    one.item.hidden = false;
    one.name.textContent = part.name;
    one.name.title = part.constant && part.constant !== part.name ? part.constant : part.name;
    one.value.textContent = IntonationData.number(value, unit);
    const share = `${limit ? Math.min(50, (Math.abs(part.value) / limit) * 50) : 0}%`;
    one.fill.className = part.value < 0 ? "ins-down" : "ins-up";
    one.fill.style.cssText = part.value < 0 ? `right:50%;width:${share}` : `left:50%;width:${share}`;
  }

  function pitch(utterance, hz, unit) {
    if (!(hz > 0)) return "unvoiced";
    if (unit === "hz" || !utterance.reference_hz) return `${hz.toFixed(0)} Hz`;
    return `${IntonationData.number(12 * Math.log2(hz / utterance.reference_hz), "semitones")} st`;
  }

  function labelsAt(utterance, time) {
    return utterance.tiers.map((tier) => {
      const text = IntonationData.intervalAt(tier, time)?.text;
      return text ? `${tier.title} ${text}` : "";
    }).filter(Boolean).join(" · ");
  }

  /* Fill the panel for a moment; returns the reasons that it shows. */
  function drawHere(ui, { utterance, slug, unit, most, changed }, time) {
    const parts = hereParts(ui);
    const phone = IntonationData.phoneAt(utterance, time);
    const frame = IntonationData.frameAt(utterance, time);
    const found = IntonationData.reasons(utterance, slug, phone, phone, { time, most });
    parts.time.textContent = `${time.toFixed(3)} s`;
    parts.measured.textContent = `measured ${pitch(utterance, utterance.f0True[frame], unit)}`;
    parts.predicted.textContent = `predicted ${pitch(utterance, utterance.f0Predicted[frame], unit)}`;
    parts.changed.textContent = changed ? `if changed ${pitch(utterance, changed[frame], unit)}` : "";
    parts.changed.hidden = !changed;
    parts.labels.textContent = labelsAt(utterance, time);
    const limit = found.parts.reduce((top, { value, kind }) =>
      (kind === "biases" ? top : Math.max(top, Math.abs(value))), 0);
    const rounded = IntonationData.roundTogether(found.parts.map(({ value }) => value),
      IntonationData.digits(utterance.unit));
    found.parts.forEach((part, at) => fillRow(hereRow(parts, at), part, rounded[at], limit, utterance.unit));
    parts.rows.slice(found.parts.length).forEach(({ item }) => { item.hidden = true; });
    parts.sum.textContent = sumLine(utterance, found, rounded);
    ui.here.classList.toggle("ins-here-empty", !found.parts.length);
    return found;
  }

  /* "groups +0.90  biases +0.30  moment +0.01  =  +1.21 semitones over median …  =  … Hz". */
  function sumLine(utterance, { parts, total, hz, summary }, rounded) {
    if (!parts.length) return "No voiced frame in this phone: nothing is predicted, nothing explained.";
    if (total === null) return "The model's output was not stored, so there is no sum to compare with.";
    const { unit } = utterance;
    const sumOf = (...kinds) => parts.reduce((sum, { kind }, at) => (kinds.includes(kind) ? sum + rounded[at] : sum), 0);
    const terms = [["groups", sumOf("group", "others")], ["biases", sumOf("biases")]];
    if (!summary.level.complete) terms.splice(1, 0, ["overlap or gap", sumOf("unshared")]);
    if (parts.at(-1).kind === "moment") terms.push(["moment", sumOf("moment")]);
    const told = terms.map(([name, value]) => `${name} ${IntonationData.number(value, unit)}`).join("  ");
    const sum = IntonationData.number(rounded.reduce((a, b) => a + b, 0), unit);
    const median = unit === "semitones" && utterance.reference_hz
      ? ` semitones over median ${utterance.reference_hz.toFixed(0)} Hz` : ` ${unit}`;
    const what = parts.at(-1).kind === "moment" ? "predicted" : "predicted on average in this phone";
    return `${told}  =  ${sum}${median}${hz ? `  =  ${hz.toFixed(0)} Hz ${what}` : ""}`;
  }

  /* ---- legend ---- */

  function drawLegend(ui, scene) {
    const { utterance, colours, changed } = scene;
    const entries = [["true", "measured F0"], ["predicted", "predicted F0"]];
    if (changed) entries.push(["changed", "predicted, if changed"]);
    if (utterance.reference_hz) entries.push(["median", "speaker's median"]);
    const keys = entries.map(([kind, text]) => node("span", {}, node("i", { class: `ins-key ins-key-${kind}` }), text));
    const canvas = node("canvas", { class: "ins-scale", role: "img",
      "aria-label": `Colours of relevance, in ${utterance.unit} a frame` });
    const ratio = window.devicePixelRatio || 1;
    const pen = new IntonationPens.CanvasPen(canvas, 170, 24, ratio, colours.family);
    IntonationMap.drawScale(pen, scene, 0, 0, 170);
    ui.legend.replaceChildren(node("p", {}, ...keys), node("p", { class: "ins-legend-scale" },
      node("span", {}, "pushes F0 down"), canvas, node("span", {}, "up")));
  }

  /* ---- controls ---- */

  /* What they say of a view's level, window and unit, and which of them can be used. */
  function drawControls({ ui, utterance, slug, unit, folded, history, place, window: [from, to] }) {
    const whole = utterance.end - utterance.start;
    const share = (to - from) / whole;
    ui.level.value = slug;
    ui.pan.hidden = share > 0.999;
    ui.pan.value = share > 0.999 ? 0 : (1000 * (from - utterance.start)) / (whole - (to - from));
    ui.pan.setAttribute("aria-valuetext", `${from.toFixed(2)} to ${to.toFixed(2)} seconds`);
    ui.unit.textContent = unit === "hz" ? "F0 in semitones" : "F0 in Hz";
    ui.spectrogram.setAttribute("aria-pressed", !folded);
    ui.back.disabled = !history.length;
    ui.zoomAll.disabled = share > 0.999;
    ui.keys.classList.toggle("ins-unnamed", !place.map.named);
  }

  return { drawBars, drawControls, drawHere, drawLegend, labelsAt, pitch };
})();
