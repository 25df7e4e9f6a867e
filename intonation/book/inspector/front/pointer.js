/* Mouse, pen and finger on the score, and the lines that lie over its rows. Nothing is drawn
   anew while a pointer moves: lines are moved, texts are changed. */
const IntonationPointer = (() => {
  "use strict";

  const CLICK_PX = 4;

  /* ---- lines and shades ---- */

  function span(mark, place, from, to) {
    const [left, right] = [from, to].map((x) => Math.max(place.gutter, Math.min(place.edge, x)));
    mark.hidden = right - left <= 0;
    mark.style.transform = `translateX(${left}px)`;
    mark.style.width = `${right - left}px`;
  }

  function line(mark, place, time) {
    const x = place.x(time);
    mark.hidden = x < place.gutter - 0.5 || x > place.edge + 0.5;
    mark.style.transform = `translateX(${x}px)`;
  }

  function drawMarks(view) {
    const { ui, place, selection } = view;
    if (!place) return;
    const [from, to] = selection ? selection.map(place.x) : [place.gutter, place.gutter];
    span(ui.before, place, selection ? place.gutter : 0, selection ? from : 0);
    span(ui.selection, place, from, to);
    span(ui.after, place, selection ? to : 0, selection ? place.edge : 0);
    // where names lie over their rows, a shade would lie on them
    for (const shade of [ui.before, ui.after]) shade.style.bottom = place.wide ? "0" : `${place.map.height}px`;
    drawCursor(view, view.cursor);
  }

  /* Show a moment: the line over all rows, and what pushes there. */
  function drawCursor(view, time) {
    line(view.ui.cursor, view.place, time);
    const { utterance, slug, unit, place, changed } = view;
    const most = place.wide ? 8 : 4;
    view.reasons = IntonationPanel.drawHere(view.ui, { utterance, slug, unit, most, changed }, time);
  }

  function drawHead(view, time) {
    if (time === null) view.ui.head.hidden = true;
    else line(view.ui.head, view.place, time);
  }

  /* ---- where a pointer is ---- */

  function spot(view, event) {
    const { ui, place, utterance } = view;
    const box = ui.plot.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { start, end } = utterance;
    const time = Math.max(start, Math.min(end - 1e-6, place.time(Math.max(place.gutter, Math.min(place.edge, x)))));
    const tier = utterance.tiers.find(({ key }) => y >= place.rows[key].y && y < place.rows[key].bottom);
    const inMap = event.clientY - ui.map.getBoundingClientRect().top;
    const level = IntonationData.findLevel(utterance, view.slug);
    const group = y > place.height ? IntonationMap.groupAt(place, level, inMap) : -1;
    return { x, y, time, tier, group, level };
  }

  /* The callout of a heatmap's row: its name in words, its constant, its value. */
  function drawTip(view, { x, y, time, group, level }) {
    const { ui, utterance, place } = view;
    ui.tip.hidden = group < 0;
    if (group < 0) return;
    const { rows } = IntonationMap.perFrame(utterance, level);
    const [name, constant] = [level.names[group], level.groups[group]];
    const value = rows[group][IntonationData.phoneAt(utterance, time)];
    const lines = [["b", name], ["span", `${IntonationData.number(value, utterance.unit)} ${utterance.unit} a frame`]];
    if (constant !== name) lines.push(["code", constant]);
    ui.tip.replaceChildren(...lines.map(([tag, text]) => IntonationFrame.node(tag, {}, text)));
    const left = Math.min(Math.max(4, x + 14), Math.max(4, place.width - ui.tip.offsetWidth - 4));
    ui.tip.style.transform = `translate(${left}px, ${y - ui.tip.offsetHeight - 10}px)`;
  }

  function hover(view, event) {
    const here = spot(view, event);
    drawCursor(view, here.time);
    drawTip(view, here);
  }

  function leave(view) {
    view.ui.tip.hidden = true;
    if (view.place) drawCursor(view, view.cursor);
  }

  /* ---- clicks and drags ---- */

  /* A click on a tier selects its interval; elsewhere it sets the cursor. With Shift, the
     selection grows as far as the click. */
  function click(view, { time, tier }, extend) {
    const interval = tier && IntonationData.intervalAt(tier, time);
    if (tier) view.tier = tier.key;
    const base = extend && (view.selection || [view.cursor, view.cursor]);
    const wanted = interval ? [interval.start, interval.end] : [time, time];
    if (base) view.select([Math.min(base[0], wanted[0]), Math.max(base[1], wanted[1])], time);
    else view.select(interval ? wanted : null, time);
    if (tier) view.drawTop();
  }

  function listen(view) {
    const { plot, root } = view.ui;
    const pointed = () => root.classList.add("ins-pointed");
    for (const event of ["pointerdown", "pointermove", "keydown"]) plot.addEventListener(event, pointed, { once: true });
    let from = null;
    let pending = null;
    const later = (event) => {
      if (!pending) {
        requestAnimationFrame(() => {
          if (pending && view.place) move(pending);
          pending = null;
        });
      }
      pending = event;
    };
    const move = (event) => {
      const far = from && Math.abs(event.clientX - from.clientX) > CLICK_PX;
      if (far) from.dragged = true;
      if (from?.dragged) {
        const here = spot(view, event);
        view.select([Math.min(from.time, here.time), Math.max(from.time, here.time)], here.time);
        drawTip(view, here);
      } else hover(view, event);
    };
    plot.addEventListener("pointerdown", (event) => {
      if (!view.place || event.button !== 0) return;
      from = { ...spot(view, event), clientX: event.clientX, dragged: false };
      plot.setPointerCapture(event.pointerId);
      plot.focus({ preventScroll: true });
    });
    plot.addEventListener("pointermove", (event) => {
      if (view.place) later(event);
    });
    plot.addEventListener("pointerup", (event) => {
      if (!from) return;
      if (pending) move(pending);
      pending = null;
      if (!from.dragged) click(view, from, event.shiftKey);
      hover(view, event);
      from = null;
      view.report();
    });
    plot.addEventListener("pointercancel", () => { from = null; });
    plot.addEventListener("pointerleave", (event) => {
      // what a finger has touched stays readable after it is lifted
      if (event.pointerType !== "mouse") return;
      pending = null;
      leave(view);
    });
    plot.addEventListener("dblclick", () => view.selection && view.zoom(view.selection));
    plot.addEventListener("wheel", (event) => wheel(view, event), { passive: false });
  }

  /* Sideways the window moves; with Ctrl, as a pinch on a pad also says, it grows or shrinks. */
  function wheel(view, event) {
    if (!view.place) return;
    const [from, to] = view.window;
    if (event.ctrlKey) {
      const { time } = spot(view, event);
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200)));
      view.zoom([time - (time - from) * factor, time + (to - time) * factor], false);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && to - from < view.utterance.end - view.utterance.start) {
      const shift = (event.deltaX / view.place.plot) * (to - from);
      view.zoom([from + shift, to + shift], false);
    } else return;
    event.preventDefault();
  }

  return { drawHead, drawMarks, listen };
})();
