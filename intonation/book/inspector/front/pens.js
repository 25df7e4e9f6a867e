/* Two pens with the same strokes: one draws on a canvas, one writes an SVG file. What is drawn
   is told once, in draw.js. Text only ever enters a file escaped. */
const IntonationPens = (() => {
  "use strict";

  const rulers = new Map();

  /* Width of a text in px. */
  function measure(text, size, family, weight = 400) {
    const font = `${weight} ${size}px ${family}`;
    if (!rulers.has(font)) {
      const pen = document.createElement("canvas").getContext("2d");
      pen.font = font;
      rulers.set(font, { pen, known: new Map() });
    }
    const { pen, known } = rulers.get(font);
    if (!known.has(text)) {
      if (known.size > 5000) known.clear();
      known.set(text, pen.measureText(text).width);
    }
    return known.get(text);
  }

  class CanvasPen {
    constructor(canvas, width, height, ratio, family) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      this.pen = canvas.getContext("2d");
      this.pen.scale(ratio, ratio);
      this.family = family;
    }

    rect(x, y, width, height, fill, opacity = 1) {
      this.pen.globalAlpha = opacity;
      this.pen.fillStyle = fill;
      this.pen.fillRect(x, y, width, height);
      this.pen.globalAlpha = 1;
    }

    /* pieces: lists of [x, y]. */
    line(pieces, { stroke, width = 1, dash = [], opacity = 1 }) {
      const { pen } = this;
      pen.globalAlpha = opacity;
      pen.strokeStyle = stroke;
      pen.lineWidth = width;
      pen.lineJoin = "round";
      pen.lineCap = dash.length ? "butt" : "round";
      pen.setLineDash(dash);
      pen.beginPath();
      for (const piece of pieces) {
        piece.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        if (piece.length === 1) pen.lineTo(piece[0][0] + 0.01, piece[0][1]);
      }
      pen.stroke();
      pen.globalAlpha = 1;
    }

    /* halo: a colour around the letters, for those that stand on lines. */
    text(text, x, y, { fill, size, anchor = "start", weight = 400, mono = false, halo = null }) {
      const { pen } = this;
      pen.font = `${weight} ${size}px ${mono ? "monospace" : this.family}`;
      pen.fillStyle = fill;
      pen.textAlign = { start: "left", middle: "center", end: "right" }[anchor];
      pen.textBaseline = "alphabetic";
      pen.direction = "ltr";
      if (halo) {
        Object.assign(pen, { strokeStyle: halo, lineWidth: 4, lineJoin: "round" });
        pen.setLineDash([]);
        pen.strokeText(text, x, y);
      }
      pen.fillText(text, x, y);
    }

    /* A picture, or one of its rows, stretched without smoothing if `crisp`. */
    image(picture, x, y, width, height, { row = null, crisp = false } = {}) {
      this.pen.imageSmoothingEnabled = !crisp;
      const [top, tall] = row === null ? [0, picture.height] : [row, 1];
      this.pen.drawImage(picture, 0, top, picture.width, tall, x, y, width, height);
    }

    clip(x, y, width, height, draw) {
      this.pen.save();
      this.pen.beginPath();
      this.pen.rect(x, y, width, height);
      this.pen.clip();
      draw();
      this.pen.restore();
    }
  }

  // Characters that XML does not know at all, and halves of surrogate pairs.
  const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

  function escapeXml(text) {
    return String(text).replace(FORBIDDEN, "").replace(/[&<>"']/g, (one) => ENTITIES[one]);
  }

  const short = (value) => String(Math.round(value * 100) / 100);

  class SvgPen {
    constructor(width, height, family, title) {
      this.size = [width, height].map(short);
      this.parts = [`<title>${escapeXml(title)}</title>`];
      this.family = family;
      this.clips = 0;
    }

    element(tag, attributes, content = "") {
      const written = Object.entries(attributes)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => ` ${name}="${escapeXml(typeof value === "number" ? short(value) : value)}"`);
      this.parts.push(`<${tag}${written.join("")}${content ? `>${content}</${tag}>` : "/>"}`);
    }

    rect(x, y, width, height, fill, opacity = 1) {
      this.element("rect", { x, y, width, height, fill, opacity: opacity < 1 ? opacity : null });
    }

    line(pieces, { stroke, width = 1, dash = [], opacity = 1 }) {
      const path = pieces.filter((piece) => piece.length).map((piece) => {
        const points = piece.length > 1 ? piece : [piece[0], [piece[0][0] + 0.01, piece[0][1]]];
        return points.map(([x, y], at) => `${at ? "L" : "M"}${short(x)} ${short(y)}`).join("");
      });
      if (!path.length) return;
      this.element("path", {
        d: path.join(""), fill: "none", stroke, "stroke-width": width, "stroke-linejoin": "round",
        "stroke-linecap": dash.length ? null : "round",
        "stroke-dasharray": dash.length ? dash.join(" ") : null, opacity: opacity < 1 ? opacity : null,
      });
    }

    text(text, x, y, { fill, size, anchor = "start", weight = 400, mono = false, halo = null }) {
      this.element("text", {
        x, y, fill, "font-size": size, "text-anchor": anchor === "start" ? null : anchor,
        stroke: halo, "stroke-width": halo ? 4 : null, "paint-order": halo ? "stroke" : null,
        "font-weight": weight === 400 ? null : weight, "font-family": mono ? "monospace" : null,
      }, escapeXml(text) || " ");
    }

    image(picture, x, y, width, height, { crisp = false } = {}) {
      this.element("image", {
        x, y, width, height, preserveAspectRatio: "none", href: picture.toDataURL("image/png"),
        style: crisp ? "image-rendering:pixelated" : null,
      });
    }

    clip(x, y, width, height, draw) {
      const id = `clip${(this.clips += 1)}`;
      const box = `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"/>`;
      this.parts.push(`<clipPath id="${id}">${box}</clipPath><g clip-path="url(#${id})">`);
      draw();
      this.parts.push("</g>");
    }

    file() {
      const [width, height] = this.size;
      return '<?xml version="1.0" encoding="UTF-8"?>\n'
        + `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" `
        + `viewBox="0 0 ${width} ${height}" font-family="${escapeXml(this.family)}">\n`
        + `${this.parts.join("\n")}\n</svg>\n`;
    }
  }

  return { CanvasPen, SvgPen, measure };
})();
