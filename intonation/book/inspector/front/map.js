/* The heatmap: groups by time, a row a group, coloured by what the group contributes a frame. */
const IntonationMap = (() => {
  "use strict";

  const MOST_RECTS = 6000;
  const [NEARLY_ZERO, DEEP] = [244, 128]; // of the 513 shades
  const known = new WeakMap();

  /* What each group contributes per explained frame of each phone, and the largest of it in the
     whole utterance, so that colours mean the same at every zoom. */
  function perFrame(utterance, level) {
    if (!known.has(level)) {
      const rows = level.rows.map((row) => row.map((value, phone) =>
        (utterance.frames[phone] ? value / utterance.frames[phone] : 0)));
      let limit = 0;
      for (const row of rows) for (const value of row) limit = Math.max(limit, Math.abs(value));
      known.set(level, { rows, limit });
    }
    return known.get(level);
  }

  /* One pixel high a group, one column a pixel of the screen. */
  function bitmap({ place, utterance, level, colours }, ratio) {
    const { rows, limit } = perFrame(utterance, level);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.max(1, Math.round(place.plot * ratio)), rows.length];
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(canvas.width, rows.length);
    const pixels = new Uint32Array(image.data.buffer);
    const columns = visible(utterance, place).map(({ left, right, phone }) =>
      [phone, Math.round((left - place.gutter) * ratio), Math.round((right - place.gutter) * ratio)]);
    rows.forEach((row, group) => {
      const line = pixels.subarray(group * canvas.width, (group + 1) * canvas.width);
      for (const [phone, from, to] of columns) {
        line.fill(colours.pixels[IntonationDraw.strengthIndex(row[phone], limit)], from, to);
      }
    });
    pen.putImageData(image, 0, 0);
    return canvas;
  }

  /* Explained phones within the window; others stay empty. */
  function visible(utterance, place) {
    const found = [];
    utterance.phones.forEach(({ start, end }, phone) => {
      if (end <= place.start || start >= place.end || !utterance.frames[phone]) return;
      const left = Math.max(place.gutter, place.x(start));
      found.push({ phone, left, right: Math.min(place.edge, place.x(end)) });
    });
    return found;
  }

  /* y: where the first row begins. As rectangles in a file, unless there are too many. */
  function draw(pen, scene, y, { ratio = 1, rects = false } = {}) {
    const { place, level, utterance, colours } = scene;
    const { map } = place;
    const { rows, limit } = perFrame(utterance, level);
    const columns = visible(utterance, place);
    const asRects = rects && rows.length * columns.length <= MOST_RECTS;
    pen.rect(0, y, place.width, map.height, colours.paper);
    const picture = asRects ? null : bitmap(scene, ratio);
    rows.forEach((row, group) => {
      const top = y + group * map.row + map.name;
      pen.rect(place.gutter, top, place.plot, map.bar, colours.unexplained);
      if (map.named) drawName(pen, scene, group, y + group * map.row);
      if (asRects) {
        for (const { phone, left, right } of columns) {
          const fill = colours.scale[IntonationDraw.strengthIndex(row[phone], limit)];
          pen.rect(left, top, right - left, map.bar, fill);
        }
      } else if (!rects) {
        pen.image(picture, place.gutter, top, place.plot, map.bar, { row: group, crisp: true });
      }
    });
    if (rects && !asRects) pen.image(spaced(scene, picture), place.gutter, y, place.plot, map.height);
    drawSigns(pen, scene, y, columns);
  }

  /* Without colour: a fine line, as of a minus sign, through what pushes down. */
  function drawSigns(pen, { place: { map }, utterance, level, colours }, y, columns) {
    const { rows, limit } = perFrame(utterance, level);
    const [pale, deep] = [[], []];
    rows.forEach((row, group) => {
      const middle = y + group * map.row + map.name + map.bar / 2;
      for (const { phone, left, right } of columns) {
        const at = IntonationDraw.strengthIndex(row[phone], limit);
        if (at < NEARLY_ZERO) (at < DEEP ? deep : pale).push([[left, middle], [right, middle]]);
      }
    });
    pen.line(pale, { stroke: colours.ink, width: 0.7, opacity: 0.65 });
    pen.line(deep, { stroke: colours.paper, width: 1 });
  }

  /* The bitmap with its rows as far apart as they are drawn. */
  function spaced({ place }, picture) {
    const canvas = document.createElement("canvas");
    const { map } = place;
    const pen = new IntonationPens.CanvasPen(canvas, place.plot, map.height, 2, "sans-serif");
    for (let group = 0; group < picture.height; group += 1) {
      pen.image(picture, 0, group * map.row + map.name, place.plot, map.bar, { row: group, crisp: true });
    }
    return canvas;
  }

  function drawName(pen, { place, level, colours }, group, top) {
    const { map } = place;
    const name = level.names[group];
    if (place.wide) {
      const size = Math.min(11, map.row - 2);
      const text = IntonationDraw.fitted(name, place.gutter - 12, size, colours.family);
      pen.text(text, place.gutter - 8, top + map.row / 2 + size * 0.33,
        { fill: colours.soft, size, anchor: "end" });
    } else {
      const text = IntonationDraw.fitted(name, place.width - 8, 11, colours.family);
      pen.text(text, 2, top + map.name - 3, { fill: colours.soft, size: 11 });
    }
  }

  /* Which group lies at a height, from the first row's top; -1 outside. */
  function groupAt(place, level, y) {
    const group = Math.floor(y / place.map.row);
    return group >= 0 && group < level.groups.length ? group : -1;
  }

  /* The colour scale with its numbers. */
  function drawScale(pen, { colours, utterance, level }, x, y, width) {
    const { limit } = perFrame(utterance, level);
    const steps = 96;
    for (let n = 0; n < steps; n += 1) {
      const fill = colours.scale[Math.round((n / (steps - 1)) * 512)];
      pen.rect(x + (n * width) / steps, y, width / steps + 0.3, 10, fill);
    }
    for (let n = 4; n < (steps * NEARLY_ZERO) / 512; n += 8) {
      const stroke = (n / steps) * 512 < DEEP ? colours.paper : colours.ink;
      pen.line([[[x + ((n - 2) * width) / steps, y + 5], [x + ((n + 2) * width) / steps, y + 5]]],
        { stroke, width: 1 });
    }
    const label = { fill: colours.soft, size: 10.5 };
    const [low, high] = [-limit, limit].map((value) => IntonationData.number(value, utterance.unit));
    const unit = utterance.unit === "semitones" ? "st" : utterance.unit;
    pen.text(low, x, y + 22, label);
    pen.text("0", x + width / 2, y + 22, { ...label, anchor: "middle" });
    pen.text(`${high} ${unit}`, x + width, y + 22, { ...label, anchor: "end" });
  }

  return { draw, drawScale, groupAt, perFrame };
})();
