/* How the inspector looks: its controls, the F0 contour, the heatmap and the bars.
   Text from data only ever enters the page as text nodes and attributes, never as markup. */
const IntonationDraw = (() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const TICKS_HZ = [50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 700];
  let mounted = 0;

  /* ---- small pieces of page ---- */

  function node(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function shape(parent, tag, attributes, text) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  function field(label, control) {
    return node("label", { class: "ins-field" }, node("span", {}, label), control);
  }

  function skeleton(el) {
    const number = (mounted += 1);
    const ui = {
      filter: node("input", { type: "search", placeholder: "word, id or speaker" }),
      utterance: node("select", { class: "ins-utterance" }),
      level: node("select", { class: "ins-level" }),
      text: node("p", { class: "ins-text", lang: "pl" }),
      audio: node("div", { class: "ins-audio", hidden: "" }),
      legend: node("p", { class: "ins-legend" }),
      readout: node("p", { class: "ins-readout", "aria-hidden": "true" }),
      contour: document.createElementNS(SVG, "svg"),
      labels: node("div", { class: "ins-labels", "aria-hidden": "true" }),
      map: node("canvas", { class: "ins-map", role: "img" }),
      before: node("div", { class: "ins-shade", "aria-hidden": "true" }),
      window: node("div", { class: "ins-window", "aria-hidden": "true" }),
      after: node("div", { class: "ins-shade", "aria-hidden": "true" }),
      plot: node("div", { class: "ins-plot" }),
      first: node("input", { type: "range", min: "0", step: "1" }),
      last: node("input", { type: "range", min: "0", step: "1" }),
      all: node("button", { type: "button" }, "Whole utterance"),
      question: node("p", { class: "ins-question", id: `ins-question-${number}` }),
      answer: node("p", { class: "ins-answer", "aria-live": "polite" }),
      bars: node("table", { class: "ins-bars", "aria-labelledby": `ins-question-${number}` }),
      note: node("p", { class: "ins-note" }),
    };
    ui.contour.setAttribute("class", "ins-contour");
    ui.contour.setAttribute("role", "img");
    ui.plot.append(ui.contour, node("div", { class: "ins-rows" }, ui.labels, ui.map),
      ui.before, ui.window, ui.after);
    const root = node(
      "div", { class: "ins", role: "group", "aria-label": "Inspector of predicted F0" },
      node("div", { class: "ins-controls" }, field("Find", ui.filter),
        field("Utterance", ui.utterance), field("Level of detail", ui.level)),
      ui.text, ui.audio, ui.legend, ui.plot, ui.readout,
      node("div", { class: "ins-range" }, field("Window from", ui.first),
        field("to", ui.last), ui.all),
      node("div", { class: "ins-box" }, ui.question, ui.answer, ui.bars, ui.note)
    );
    el.replaceChildren(root);
    return { ...ui, root };
  }

  /* ---- colours ---- */

  function palette(root) {
    const style = getComputedStyle(root);
    const rgb = (name) => {
      const hex = style.getPropertyValue(`--ins-${name}`).trim().slice(1);
      return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
    };
    return {
      up: [rgb("zero"), rgb("up-soft"), rgb("up")],
      down: [rgb("zero"), rgb("down-soft"), rgb("down")],
    };
  }

  function colour(colours, strength) {
    const [zero, soft, full] = strength < 0 ? colours.down : colours.up;
    const share = Math.min(1, Math.abs(strength)) * 2;
    const [from, to, at] = share < 1 ? [zero, soft, share] : [soft, full, share - 1];
    return `rgb(${from.map((value, i) => Math.round(value + (to[i] - value) * at)).join(",")})`;
  }

  /* ---- geometry ---- */

  function layout(utterance, width) {
    const wide = width >= 620;
    const gutter = wide ? Math.min(210, Math.round(width * 0.29)) : 38;
    const right = 6;
    const span = utterance.end - utterance.start || 1;
    const scale = (width - gutter - right) / span;
    return {
      width, gutter, wide, right,
      height: wide ? 250 : 210,
      x: (time) => gutter + (time - utterance.start) * scale,
      time: (x) => utterance.start + (x - gutter) / scale,
    };
  }

  function frequencyScale(utterance, top, bottom) {
    const voiced = [...utterance.f0True, ...utterance.f0Predicted].filter((value) => value > 0);
    const low = voiced.reduce((a, b) => Math.min(a, b), Infinity) * 0.94 || 75;
    const high = voiced.reduce((a, b) => Math.max(a, b), 0) * 1.06 || 300;
    const range = voiced.length ? [low, high] : [75, 300];
    const per = (bottom - top) / Math.log(range[1] / range[0]);
    return { low: range[0], high: range[1], y: (hz) => bottom - Math.log(hz / range[0]) * per };
  }

  /* ---- the F0 contour ---- */

  function path(f0, utterance, place, scale) {
    const shift = utterance.frame_shift_ms / 1000;
    let pen = "M";
    let commands = "";
    f0.forEach((hz, frame) => {
      if (hz > 0) {
        commands += `${pen}${place.x((frame + 0.5) * shift).toFixed(1)} ${scale.y(hz).toFixed(1)}`;
      }
      pen = hz > 0 ? "L" : "M";
    });
    return commands;
  }

  function drawNames(svg, items, place, y, kind, letterWidth) {
    let free = place.gutter - 2;
    for (const item of items) {
      const middle = (place.x(item.start) + place.x(item.end)) / 2;
      const half = (item.text.length * letterWidth) / 2;
      if (!item.text || middle - half < free || middle + half > place.width) continue;
      shape(svg, "text", { class: kind, x: middle, y, "text-anchor": "middle" }, item.text);
      free = middle + half + 3;
    }
  }

  function drawContour(svg, utterance, place) {
    const bottom = place.height - 40;
    const scale = frequencyScale(utterance, 8, bottom);
    const end = place.width - place.right;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${place.width} ${place.height}`);
    svg.setAttribute("height", place.height);
    svg.setAttribute("aria-label",
      `Measured and predicted F0 in Hz of: ${utterance.text}`);
    for (const word of utterance.words) {
      const x = place.x(word.start);
      shape(svg, "line", { class: "ins-edge", x1: x, x2: x, y1: 8, y2: place.height });
    }
    let free = Infinity;
    for (const hz of TICKS_HZ.filter((tick) => tick > scale.low && tick < scale.high)) {
      const y = scale.y(hz);
      shape(svg, "line", { class: "ins-grid", x1: place.gutter, x2: end, y1: y, y2: y });
      if (free - y < 14) continue;
      free = y;
      const label = place.wide ? `${hz} Hz` : `${hz}`;
      shape(svg, "text", { class: "ins-tick", x: place.gutter - 6, y: y + 4 }, label);
    }
    if (utterance.reference_hz > scale.low && utterance.reference_hz < scale.high) {
      const y = scale.y(utterance.reference_hz);
      shape(svg, "line", { class: "ins-median", x1: place.gutter, x2: end, y1: y, y2: y });
    }
    shape(svg, "path", { class: "ins-true", d: path(utterance.f0True, utterance, place, scale) });
    shape(svg, "path", {
      class: "ins-predicted", d: path(utterance.f0Predicted, utterance, place, scale),
    });
    drawNames(svg, utterance.words, place, bottom + 17, "ins-word-name", 6.6);
    drawNames(svg, utterance.phones, place, bottom + 34, "ins-phone-name", 6.6);
  }

  /* ---- the heatmap of groups and phones ---- */

  function rowHeight(rows) {
    return Math.max(4, Math.min(20, Math.floor(520 / Math.max(1, rows))));
  }

  function rowLabels(level, place, height) {
    if (!place.wide) return [];
    if (height < 11) {
      return [node("p", {}, `${level.groups.length} groups: point at a row to read its name.`)];
    }
    return level.groups.map((name) =>
      node("div", { title: name, style: `height:${height}px;line-height:${height}px` }, name));
  }

  function drawMap(ui, utterance, level, place) {
    const height = rowHeight(level.groups.length);
    const ratio = window.devicePixelRatio || 1;
    const canvas = ui.map;
    canvas.width = Math.round(place.width * ratio);
    canvas.height = Math.round(height * level.groups.length * ratio);
    canvas.style.height = `${height * level.groups.length}px`;
    canvas.setAttribute("aria-label", `Relevance of ${level.groups.length} groups, phone by `
      + "phone; the table below gives the numbers of the window");
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const perFrame = level.rows.map((row) =>
      row.map((value, phone) => (utterance.frames[phone] ? value / utterance.frames[phone] : 0)));
    let limit = 0;
    for (const row of perFrame) for (const v of row) limit = Math.max(limit, Math.abs(v));
    const colours = palette(ui.root);
    const gap = height > 7 ? 1 : 0;
    perFrame.forEach((row, group) => row.forEach((value, phone) => {
      const from = place.x(utterance.phones[phone].start);
      const to = place.x(utterance.phones[phone].end);
      pen.fillStyle = colour(colours, IntonationData.symlog(value, limit));
      pen.fillRect(from, group * height, to - from + 0.4, height - gap);
    }));
    ui.labels.style.width = `${place.gutter - 6}px`;
    ui.labels.replaceChildren(...rowLabels(level, place, height));
    return { height, perFrame };
  }

  /* ---- the window and its bars ---- */

  function drawWindow(ui, place, start, end) {
    const [left, right] = [place.x(start), place.x(end)];
    const edge = place.width - place.right;
    ui.before.style.left = `${place.gutter}px`;
    ui.before.style.width = `${left - place.gutter}px`;
    ui.window.style.left = `${left}px`;
    ui.window.style.width = `${right - left}px`;
    ui.after.style.left = `${right}px`;
    ui.after.style.width = `${edge - right}px`;
  }

  /* A name of several parts may be broken after each of them. */
  function breakable(name) {
    return name.split(/(?<=_)/).flatMap((part) => [part, node("wbr")]);
  }

  function row(name, value, unit, kind, track) {
    return node("tr", { class: kind },
      node("th", { scope: "row" }, ...breakable(name)),
      node("td", { class: "ins-track", "aria-hidden": "true" }, ...track),
      node("td", { class: "ins-value" }, IntonationData.number(value, unit)));
  }

  function bar(value, limit) {
    const share = limit ? (Math.abs(value) / limit) * 50 : 0;
    const side = value < 0 ? `right:50%;width:${share}%` : `left:50%;width:${share}%`;
    return node("span", {}, node("i", { class: value < 0 ? "ins-down" : "ins-up", style: side }));
  }

  function drawBars(ui, utterance, summary) {
    const { shown, hidden, rest } = IntonationData.strongest(summary.groups);
    const bars = shown.map(({ name, value }) => [name, value, ""]);
    if (hidden) bars.push([`${hidden} weaker ${hidden > 1 ? "groups" : "group"}`, rest, "ins-other"]);
    const limit = bars.reduce((most, [, value]) => Math.max(most, Math.abs(value)), 0);
    const { unit } = utterance;
    const sums = [["biases", summary.absorbed], ["model's output", summary.explained]];
    ui.bars.replaceChildren(
      node("caption", {}, `${summary.level.title}: contribution to F0 in the window, ${unit}, `
        + "mean per frame"),
      node("tbody", {}, ...bars.map(([name, value, kind]) =>
        row(name, value, unit, kind, [bar(value, limit)]))),
      node("tfoot", {}, ...sums.filter(([, value]) => value !== null).map(([name, value]) =>
        row(name, value, unit, "ins-sum", []))));
    ui.note.textContent = summary.level.complete
      ? "Groups and biases add up to the model's output."
      : "Groups of this level overlap or leave features out: they need not add up to the output.";
  }

  return { drawBars, drawContour, drawMap, drawWindow, layout, node, skeleton };
})();
