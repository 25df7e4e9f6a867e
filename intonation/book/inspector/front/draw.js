/* How the score is drawn: one time axis, and rows under each other. Every function draws with
   either pen (pens.js), so that the screen and an exported file show the same. */
const IntonationDraw = (() => {
  "use strict";

  const TICKS_HZ = [40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 700];
  const RIGHT = 8;
  const WIDE = 620;

  /* ---- colours ---- */

  const INKS = ["ink", "soft", "line", "paper", "box", "accent", "true-line", "predicted-line",
    "changed-line", "unexplained", "zero", "up-soft", "up", "down-soft", "down"];

  /* The theme's colours, and 513 of the diverging scale as 32-bit pixels and as text. */
  function palette(root) {
    const style = getComputedStyle(root);
    const hex = (name) => style.getPropertyValue(`--ins-${name}`).trim();
    const rgb = (name) => [1, 3, 5].map((at) => parseInt(hex(name).slice(at, at + 2), 16));
    const stops = {
      up: ["zero", "up-soft", "up"].map(rgb), down: ["zero", "down-soft", "down"].map(rgb),
    };
    const scale = Array.from({ length: 513 }, (_, at) => mixed(stops, (at - 256) / 256));
    return {
      ...Object.fromEntries(INKS.map((name) => [name, hex(name)])),
      ink_rgb: rgb("ink"),
      family: style.fontFamily,
      pixels: Uint32Array.from(scale, ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0),
      scale: scale.map(([r, g, b]) => `rgb(${r},${g},${b})`),
    };
  }

  function mixed({ up, down }, strength) {
    const [zero, soft, full] = strength < 0 ? down : up;
    const share = Math.abs(strength) * 2;
    const [from, to, at] = share < 1 ? [zero, soft, share] : [soft, full, share - 1];
    return from.map((value, i) => Math.round(value + (to[i] - value) * at));
  }

  const strengthIndex = (value, limit) => Math.round(256 * IntonationData.symlog(value, limit)) + 256;

  /* ---- geometry ---- */

  /* Places of everything for a width in px. `wants`: {sound, spectrogram, window, level}. */
  function layout(utterance, width, wants) {
    const wide = width >= WIDE;
    const gutter = wide ? Math.min(300, Math.round(width * 0.34)) : 50;
    const [start, end] = wants.window;
    const scale = (width - gutter - RIGHT) / Math.max(end - start, 1e-6);
    const rows = {};
    let y = 0;
    const put = (key, height, gap = 6) => {
      rows[key] = { y, height, bottom: y + height };
      y += height + gap;
    };
    put("time", 18, 2);
    if (wants.sound) put("wave", 46);
    if (wants.sound && wants.spectrogram) put("spectrogram", wide ? 100 : 84);
    put("f0", wide ? 190 : 160, 8);
    for (const tier of utterance.tiers) put(tier.key, 23, 0);
    return {
      width, gutter, wide, start, end, rows, height: y + 4, plot: width - gutter - RIGHT,
      edge: width - RIGHT,
      x: (time) => gutter + (time - start) * scale,
      time: (x) => start + (x - gutter) / scale,
      map: mapPlace(wants.level.groups.length, wide),
    };
  }

  /* Heights of the heatmap's rows; names lie beside them, above them, or only in the callout. */
  function mapPlace(groups, wide) {
    if (wide) {
      const row = groups <= 24 ? 19 : groups <= 48 ? 15 : 13;
      return { row, name: 0, bar: row - 2, height: row * groups, named: true };
    }
    if (groups <= 24) return { row: 28, name: 14, bar: 12, height: 28 * groups, named: true };
    return { row: 9, name: 0, bar: 8, height: 9 * groups, named: false };
  }

  /* ---- the rows above the heatmap ---- */

  function drawScore(pen, scene) {
    const { place, utterance, colours } = scene;
    pen.rect(0, 0, place.width, place.height, colours.paper);
    drawTime(pen, scene);
    if (place.rows.wave) drawWave(pen, scene);
    if (place.rows.spectrogram) drawSpectrogram(pen, scene);
    drawF0(pen, scene);
    for (const tier of utterance.tiers) drawTier(pen, scene, tier);
  }

  function rowTitle(pen, { place, colours }, row, title, bold = false) {
    const size = place.wide ? 12 : 10;
    pen.text(title, place.gutter - 8, row.y + row.height / 2 + size * 0.36,
      { fill: bold ? colours.ink : colours.soft, size, anchor: "end", weight: bold ? 600 : 400 });
  }

  function drawTime(pen, { place, colours }) {
    const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
    const span = place.end - place.start;
    const step = steps.find((one) => (one / span) * place.plot >= 62) || 20;
    for (let n = Math.ceil(place.start / step - 1e-6); n * step <= place.end + 1e-9; n += 1) {
      const x = place.x(n * step);
      pen.line([[[x, 14], [x, place.height - 4]]], { stroke: colours.line, opacity: 0.7 });
      const label = `${(n * step).toFixed(step < 0.1 ? 2 : 1)} s`;
      const fits = x - 16 > place.gutter - 4 && x + 16 < place.width;
      if (fits) pen.text(label, x, 11, { fill: colours.soft, size: 10.5, anchor: "middle" });
    }
  }

  function drawWave(pen, scene) {
    const { place, colours, sound } = scene;
    const row = place.rows.wave;
    const middle = row.y + row.height / 2;
    if (place.wide) rowTitle(pen, scene, row, "waveform");
    pen.line([[[place.gutter, middle], [place.edge, middle]]], { stroke: colours.line });
    if (!sound) return;
    const strokes = [];
    const per = ((place.end - place.start) * sound.rate) / place.plot;
    for (let x = 0; x < place.plot; x += 1) {
      const from = Math.floor(place.start * sound.rate + x * per);
      const [low, high] = extent(sound.samples, from, Math.max(from + 1, Math.ceil(from + per)));
      if (low > high) continue;
      const y = (value) => middle - (value / sound.peak) * (row.height / 2 - 1);
      strokes.push([[place.gutter + x + 0.5, y(high) - 0.4], [place.gutter + x + 0.5, y(low) + 0.4]]);
    }
    pen.line(strokes, { stroke: colours["true-line"], width: 1 });
  }

  function extent(samples, from, to) {
    let [low, high] = [Infinity, -Infinity];
    const stride = Math.max(1, Math.floor((to - from) / 64));
    for (let at = Math.max(0, from); at < Math.min(to, samples.length); at += stride) {
      low = Math.min(low, samples[at]);
      high = Math.max(high, samples[at]);
    }
    return [low, high];
  }

  function drawSpectrogram(pen, scene) {
    const { place, colours, spectrogram, sound } = scene;
    const row = place.rows.spectrogram;
    const top = sound ? Math.min(IntonationSpectrogram.TOP_HZ, sound.rate / 2) / 1000 : 5;
    const label = { fill: colours.soft, size: 10.5, anchor: "end" };
    if (place.wide) rowTitle(pen, scene, row, "spectrogram");
    pen.text(`${Number(top.toFixed(1))} kHz`, place.gutter - 8, row.y + 9, label);
    pen.text("0", place.gutter - 8, row.bottom, label);
    pen.rect(place.gutter, row.y, place.plot, row.height, colours.box);
    if (!spectrogram) return;
    const [from, to] = [place.x(spectrogram.start), place.x(spectrogram.end)];
    pen.clip(place.gutter, row.y, place.plot, row.height, () =>
      pen.image(spectrogram.picture, from, row.y, to - from, row.height));
  }

  /* ---- F0 ---- */

  /* A logarithmic scale over what the whole utterance needs, the same at every zoom. */
  function frequencyScale(utterance, row) {
    let [low, high] = [Infinity, 0];
    for (const f0 of [utterance.f0True, utterance.f0Predicted]) {
      for (const hz of f0) {
        if (hz > 0) [low, high] = [Math.min(low, hz), Math.max(high, hz)];
      }
    }
    if (!high) [low, high] = [75, 300];
    [low, high] = [low * 0.93, Math.max(high, low * 1.3) * 1.07];
    const per = row.height / Math.log(high / low);
    return { low, high, y: (hz) => row.bottom - Math.log(hz / low) * per };
  }

  function pieces(f0, utterance, place, scale) {
    const shift = utterance.frame_shift_ms / 1000;
    const from = Math.max(0, Math.floor(place.start / shift) - 1);
    const to = Math.min(f0.length, Math.ceil(place.end / shift) + 1);
    const found = [];
    let open = null;
    for (let frame = from; frame < to; frame += 1) {
      if (!(f0[frame] > 0)) open = null;
      else {
        if (!open) found.push(open = []);
        open.push([place.x((frame + 0.5) * shift), scale.y(f0[frame])]);
      }
    }
    return found;
  }

  function ticks(utterance, scale, unit) {
    if (unit === "hz") {
      return TICKS_HZ.filter((hz) => hz > scale.low && hz < scale.high)
        .map((hz) => ({ hz, label: `${hz} Hz` }));
    }
    const zero = utterance.reference_hz || 100;
    return Array.from({ length: 33 }, (_, at) => (at - 16) * 3)
      .map((st) => ({ hz: zero * 2 ** (st / 12), label: `${IntonationData.signed(st)} st` }))
      .filter(({ hz }) => hz > scale.low && hz < scale.high);
  }

  function drawF0(pen, scene) {
    const { place, utterance, colours, unit, changed } = scene;
    const row = place.rows.f0;
    const scale = frequencyScale(utterance, row);
    let free = Infinity;
    for (const { hz, label } of ticks(utterance, scale, unit)) {
      const y = scale.y(hz);
      pen.line([[[place.gutter, y], [place.edge, y]]], { stroke: colours.line });
      if (free - y < 14) continue;
      free = y;
      pen.text(label, place.gutter - 8, y + 4, { fill: colours.soft, size: 10.5, anchor: "end" });
    }
    if (place.wide) {
      pen.text("F0", place.gutter - 62, row.y + row.height / 2 + 4,
        { fill: colours.soft, size: 12, anchor: "end" });
    }
    pen.clip(place.gutter, row.y, place.plot, row.height, () => {
      drawMedian(pen, scene, scale);
      const draw = (f0, look) => pen.line(pieces(f0, utterance, place, scale), look);
      draw(utterance.f0True, { stroke: colours["true-line"], width: 5, opacity: 0.75 });
      draw(utterance.f0Predicted, { stroke: colours["predicted-line"], width: 2.25, opacity: changed ? 0.55 : 1 });
      if (changed) draw(changed, { stroke: colours["changed-line"], width: 2.5, dash: [7, 3] });
      nameMedian(pen, scene, scale);
    });
  }

  const isSeen = (hz, scale) => hz > scale.low && hz < scale.high;

  function drawMedian(pen, { place, utterance, colours }, scale) {
    const hz = utterance.reference_hz;
    if (!isSeen(hz, scale)) return;
    const y = scale.y(hz);
    pen.line([[[place.gutter, y], [place.edge, y]]], { stroke: colours.soft, dash: [4, 4] });
  }

  /* Over the contours, which may be as high. */
  function nameMedian(pen, { place, utterance, colours, unit }, scale) {
    const hz = utterance.reference_hz;
    if (!isSeen(hz, scale)) return;
    const label = unit === "hz" ? `median ${hz.toFixed(0)} Hz` : "median";
    const look = { fill: colours.soft, size: 10.5, anchor: "end", halo: colours.paper };
    pen.text(label, place.edge - 4, scale.y(hz) - 4, look);
  }

  /* ---- tiers ---- */

  function drawTier(pen, scene, tier) {
    const { place, colours, active } = scene;
    const row = place.rows[tier.key];
    rowTitle(pen, scene, row, tier.title, active === tier.key);
    pen.line([[[place.gutter, row.bottom - 0.5], [place.edge, row.bottom - 0.5]]], { stroke: colours.line });
    pen.clip(place.gutter, row.y, place.plot, row.height, () => {
      const edges = [];
      for (const item of tier.items) {
        if (item.end <= place.start || item.start >= place.end) continue;
        const [left, right] = [place.x(item.start), place.x(item.end)];
        edges.push([[left, row.y + 3], [left, row.bottom - 3]], [[right, row.y + 3], [right, row.bottom - 3]]);
        drawLabel(pen, scene, tier, item, row, Math.max(left, place.gutter), Math.min(right, place.edge));
      }
      pen.line(edges, { stroke: colours.soft, opacity: 0.45 });
    });
  }

  function drawLabel(pen, { colours, place }, tier, item, row, left, right) {
    const size = tier.key === "words" ? 12.5 : 11.5;
    const weight = item.strong || tier.key === "words" ? 600 : 400;
    const text = fitted(item.text, right - left - 3, size, colours.family, weight);
    const middle = (left + right) / 2;
    if (item.strong) {
      pen.rect(left + 2, row.bottom - 4, Math.max(1, right - left - 4), 2.5, colours.accent);
    }
    const strong = tier.key === "words" || item.stressed || tier.key === "phones";
    if (text) {
      pen.text(text, middle, row.y + row.height / 2 + size * 0.34,
        { fill: strong ? colours.ink : colours.soft, size, anchor: "middle", weight });
    }
  }

  /* As much of a text as fits, or nothing. */
  function fitted(text, width, size, family, weight = 400) {
    const long = (one) => IntonationPens.measure(one, size, family, weight);
    if (!text || width < 5) return "";
    if (long(text) <= width) return text;
    const letters = [...text];
    if (letters.length < 4 || width < 22) return "";
    let kept = Math.min(letters.length - 1, Math.floor((letters.length * width) / long(text)));
    while (kept > 0 && long(`${letters.slice(0, kept).join("")}…`) > width) kept -= 1;
    return kept > 1 ? `${letters.slice(0, kept).join("")}…` : "";
  }

  return { drawScore, fitted, frequencyScale, layout, palette, strengthIndex };
})();
