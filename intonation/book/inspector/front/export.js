/* The view as a picture, its data as tables, its tiers and contours for Praat. */
const IntonationExport = (() => {
  "use strict";

  const MARGIN = 14;
  const TOP = 76; // what is written over the score

  /* Everything that is seen of the score, drawn with a pen: text, legend, rows, heatmap. */
  function drawAll(pen, view, options) {
    const scene = view.scene();
    const { place, colours, utterance, level } = scene;
    const top = TOP;
    pen.rect(0, 0, ...size(view), colours.paper);
    const write = (text, x, y, look = {}) => pen.text(text, x, y, { fill: colours.soft, size: 11.5, ...look });
    const title = IntonationDraw.fitted(utterance.text, place.width, 15, colours.family, 600);
    write(title, MARGIN, MARGIN + 14, { fill: colours.ink, size: 15, weight: 600 });
    write(`${utterance.id}, ${utterance.speaker}. ${level.title}, ${utterance.unit} a frame.`, MARGIN, MARGIN + 33);
    const keys = [["measured F0", "true-line", 5], ["predicted F0", "predicted-line", 2.25]];
    if (scene.changed) keys.push(["predicted, if changed", "changed-line", 2.5]);
    let x = MARGIN;
    for (const [name, colour, width] of keys) {
      pen.line([[[x, MARGIN + 46], [x + 18, MARGIN + 46]]], { stroke: colours[colour], width });
      write(name, x + 24, MARGIN + 50);
      x += 40 + IntonationPens.measure(name, 11.5, colours.family);
    }
    moved(pen, MARGIN, top, () => {
      IntonationDraw.drawScore(pen, scene);
      drawSelection(pen, view, scene);
      IntonationMap.draw(pen, scene, place.height, options);
      IntonationMap.drawScale(pen, scene, place.gutter, place.height + place.map.height + 12, Math.min(220, place.plot));
    });
  }

  function drawSelection(pen, view, { place, colours }) {
    if (!view.selection) return;
    for (const time of view.selection) {
      const x = place.x(time);
      if (x < place.gutter || x > place.edge) continue;
      pen.line([[[x, 16], [x, place.height - 4]]], { stroke: colours.accent, width: 1.5 });
    }
  }

  /* Draw with the origin elsewhere. */
  function moved(pen, x, y, draw) {
    if (pen.pen) {
      pen.pen.save();
      pen.pen.translate(x, y);
      draw();
      pen.pen.restore();
    } else {
      pen.parts.push(`<g transform="translate(${x} ${y})">`);
      draw();
      pen.parts.push("</g>");
    }
  }

  function size(view) {
    return [view.place.width + 2 * MARGIN, TOP + view.place.height + view.place.map.height + 44 + MARGIN];
  }

  function svg(view) {
    const pen = new IntonationPens.SvgPen(...size(view), view.colours.family, `${view.utterance.text} (${view.utterance.id})`);
    drawAll(pen, view, { rects: true });
    return pen.file();
  }

  function png(view) {
    const canvas = document.createElement("canvas");
    const pen = new IntonationPens.CanvasPen(canvas, ...size(view), 2, view.colours.family);
    drawAll(pen, view, { ratio: 2 });
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  const KINDS = {
    svg: { ending: ".svg", type: "image/svg+xml", make: svg },
    png: { ending: ".png", type: "image/png", make: png },
    frames: { ending: "_f0.csv", type: "text/csv", make: (view) => IntonationPraat.framesTable(view.utterance, view.changed) },
    relevance: { ending: "_relevance.csv", type: "text/csv",
      make: (view) => IntonationPraat.relevanceTable(view.utterance, view.scene().level) },
    textgrid: { ending: ".TextGrid", type: "text/plain", make: (view) => IntonationPraat.textGrid(view.utterance) },
    measured: { ending: "_measured.PitchTier", type: "text/plain",
      make: (view) => IntonationPraat.pitchTier(view.utterance, view.utterance.f0True) },
    predicted: { ending: "_predicted.PitchTier", type: "text/plain",
      make: (view) => IntonationPraat.pitchTier(view.utterance, view.changed || view.utterance.f0Predicted) },
  };

  async function save(view, kind) {
    const { ending, type, make } = KINDS[kind];
    const content = await make(view);
    const blob = content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` });
    const address = URL.createObjectURL(blob);
    const name = view.utterance.id.replace(/[^\w.-]+/g, "_") || "utterance";
    const link = IntonationFrame.node("a", { href: address, download: `${name}${ending}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    view.say(`Saved ${name}${ending}.`);
  }

  function listen(view) {
    const { menu, savers } = view.ui;
    for (const button of savers) {
      button.addEventListener("click", () => {
        menu.open = false;
        if (view.place) save(view, button.dataset.kind);
      });
    }
    menu.addEventListener("toggle", () => {
      const [own, all] = [menu, view.ui.root].map((one) => one.getBoundingClientRect());
      menu.classList.toggle("ins-at-right", own.left - all.left > all.width / 2);
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (!menu.contains(event.relatedTarget)) menu.open = false;
    });
  }

  return { KINDS, listen, svg };
})();
