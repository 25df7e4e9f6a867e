/* Praat's keys, while the score has the focus. Each has another one where a browser keeps it. */
const IntonationKeys = (() => {
  "use strict";

  function aroundMiddle(view, factor) {
    const [from, to] = view.window;
    const inside = view.cursor >= from && view.cursor <= to ? view.cursor : (from + to) / 2;
    const middle = view.selection ? (view.selection[0] + view.selection[1]) / 2 : inside;
    const half = ((to - from) * factor) / 2;
    view.zoom([middle - half, middle + half]);
    view.say(`From ${view.window[0].toFixed(2)} to ${view.window[1].toFixed(2)} seconds.`);
  }

  /* By name, as the buttons call them too. */
  const COMMANDS = {
    play: (view) => view.transport.toggle(),
    playWindow: (view) => view.transport.toggle(view.window),
    playWord: (view) => view.transport.playWord(),
    playSelection: (view) => view.selection && view.transport.toggle(view.selection),
    otherVoice: (view) => view.transport.otherVoice(),
    zoomSelection: (view) => (view.selection ? view.zoom(view.selection) : view.say("Nothing is selected.")),
    zoomAll: (view) => view.zoom([view.utterance.start, view.utterance.end]),
    zoomIn: (view) => aroundMiddle(view, 0.5),
    zoomOut: (view) => aroundMiddle(view, 2),
    back: (view) => view.back(),
    previous: (view) => view.neighbour(-1),
    next: (view) => view.neighbour(1),
    unselect: (view) => { view.select(null); view.report(); },
    unit: (view) => { view.unit = view.unit === "hz" ? "semitones" : "hz"; view.draw(); view.report(); },
    spectrogram: (view) => { view.folded = !view.folded; view.draw(); },
    help: (view) => {
      view.ui.dialog.showModal();
      view.ui.dialog.scrollTop = 0; // the button that closes it has the focus, and stands last
    },
    left: (view, event) => step(view, -1, event.shiftKey),
    right: (view, event) => step(view, 1, event.shiftKey),
    first: (view, event) => goTo(view, 0, event.shiftKey),
    last: (view, event) => goTo(view, Infinity, event.shiftKey),
    larger: (view) => changeTier(view, -1),
    smaller: (view) => changeTier(view, 1),
  };

  const PLAIN = {
    " ": "play", p: "play", P: "playWindow", v: "otherVoice", "[": "previous", "]": "next", "?": "help",
    PageUp: "previous", PageDown: "next", Delete: "unselect", Backspace: "unselect",
    ArrowLeft: "left", ArrowRight: "right", ArrowUp: "larger", ArrowDown: "smaller", Home: "first", End: "last",
  };
  const PRAAT = { n: "zoomSelection", a: "zoomAll", i: "zoomIn", o: "zoomOut", b: "back" };

  /* ---- intervals ---- */

  function tierOf(view) {
    return view.utterance.tiers.find(({ key }) => key === view.tier) || view.utterance.tiers.at(-1);
  }

  /* The interval at the cursor, else the last one before it; -1 before the first. */
  function here(view, tier) {
    let found = -1;
    tier.items.forEach(({ start }, at) => { if (start <= view.cursor + 1e-9) found = at; });
    return found;
  }

  function step(view, by, extend) {
    const tier = tierOf(view);
    const at = here(view, tier);
    const inside = at >= 0 && view.cursor < tier.items[at].end;
    // the first arrow selects what the cursor is in; from a gap, the left one what lies before
    const target = !view.selection && inside && !extend ? at : by < 0 && !inside ? at : at + by;
    goTo(view, target, extend);
  }

  function goTo(view, number, extend) {
    const tier = tierOf(view);
    const item = tier.items[Math.max(0, Math.min(tier.items.length - 1, number))];
    const middle = (item.start + item.end) / 2;
    const base = extend && view.selection;
    if (base) {
      view.anchor ??= middle > view.cursor ? base[0] : base[1];
      const edge = item.start >= view.anchor - 1e-9 ? item.end : item.start;
      view.select([Math.min(view.anchor, edge), Math.max(view.anchor, edge)], middle);
    } else {
      view.anchor = null;
      view.select([item.start, item.end], middle);
    }
    reveal(view, item);
    announce(view, tier, item);
    view.report();
  }

  /* Move the window so that an interval is seen. */
  function reveal(view, { start, end }) {
    const [from, to] = view.window;
    if (start >= from && end <= to) return;
    const middle = (start + end) / 2;
    view.zoom([middle - (to - from) / 2, middle + (to - from) / 2], false);
  }

  function changeTier(view, by) {
    const { tiers } = view.utterance;
    const at = tiers.findIndex(({ key }) => key === view.tier);
    const tier = tiers[Math.max(0, Math.min(tiers.length - 1, at + by))];
    view.tier = tier.key;
    view.drawTop();
    const item = IntonationData.intervalAt(tier, view.cursor);
    if (item) goTo(view, tier.items.indexOf(item), false);
    else view.say(`Tier: ${tier.title}. Nothing at the cursor.`);
  }

  function announce(view, tier, item) {
    const { parts, total, summary } = selectedReasons(view);
    const names = parts.filter(({ kind }) => kind === "group").slice(0, 2)
      .map(({ name, value }) => `${name} ${IntonationData.number(value, view.utterance.unit)}`);
    const pushes = names.length ? ` Strongest: ${names.join(", ")}.` : " Nothing to explain.";
    const more = item.stressed ? ", stressed" : "";
    const accent = item.strong ? ", accented" : "";
    const outcome = total === null ? "" : ` Predicted ${IntonationData.number(total, view.utterance.unit)} ${view.utterance.unit}.`;
    const title = tier.title[0].toUpperCase() + tier.title.slice(1);
    view.say(`${title} ${item.text.replace(/^\u02c8/, "") || "silence"}${more}${accent}, ${summary.start.toFixed(2)} to `
      + `${summary.end.toFixed(2)} seconds.${outcome}${pushes}`);
  }

  function selectedReasons(view) {
    const { first, last } = IntonationData.phonesWithin(view.utterance, ...view.explained());
    return IntonationData.reasons(view.utterance, view.slug, first, last);
  }

  /* ---- events ---- */

  function commandOf(event) {
    const letter = event.key.toLowerCase();
    if (event.key === "Tab") return event.shiftKey ? "playWindow" : "play";
    if (PRAAT[letter] && !event.shiftKey) return PRAAT[letter];
    return event.ctrlKey || event.metaKey || event.altKey ? null : PLAIN[event.key] || PLAIN[letter];
  }

  function listen(view) {
    const { plot } = view.ui;
    let free = false; // after Escape, Tab goes on through the page
    plot.addEventListener("focus", () => { free = false; });
    plot.addEventListener("keydown", (event) => {
      if (!view.utterance || event.target !== plot) return;
      if (event.key === "Escape") {
        free = true;
        view.transport.stop();
        view.say("Left the score: Tab goes on through the page.");
        return;
      }
      // without sound there is nothing that Tab could play
      if (event.key === "Tab" && (free || !view.transport.sound)) return;
      const command = commandOf(event);
      if (!command) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key !== "Tab") free = false;
      COMMANDS[command](view, event);
    });
    plot.addEventListener("keyup", (event) => { if (event.key === "Shift") view.anchor = null; });
  }

  return { COMMANDS, listen };
})();
