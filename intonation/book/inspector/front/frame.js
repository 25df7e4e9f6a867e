/* The page's pieces that the inspector is made of. Text from data only ever enters the page as
   text nodes and attributes, never as markup. */
const IntonationFrame = (() => {
  "use strict";

  let mounted = 0;

  function node(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function field(label, control) {
    return node("label", { class: "ins-field" }, node("span", {}, label), control);
  }

  function button(text, title, kind = "") {
    return node("button", { type: "button", title, class: kind }, text);
  }

  const KEYS = [
    ["Tab, Space or P", "play, or stop: the selection, else from the cursor"],
    ["Shift-Tab or Shift-P", "play the window"],
    ["V", "natural or predicted voice"],
    ["← →", "previous, next interval: it is selected"],
    ["Shift-← Shift-→", "extend the selection"],
    ["↑ ↓", "tier of larger, smaller intervals"],
    ["Home End", "first, last interval"],
    ["N, Ctrl-N or Alt-N", "zoom to the selection"],
    ["A, Ctrl-A or Alt-A", "show all"],
    ["I, Ctrl-I or Alt-I", "zoom in"],
    ["O, Ctrl-O or Alt-O", "zoom out"],
    ["B, Ctrl-B or Alt-B", "back to the window before"],
    ["PageUp PageDown or [ ]", "previous, next utterance"],
    ["Delete", "no selection"],
    ["Escape", "leave the score: Tab then goes on through the page"],
    ["?", "this list"],
  ];

  function helpDialog(number) {
    const close = button("Close", "Close this list");
    const title = node("h2", { id: `ins-help-${number}` }, "Keys");
    const rows = KEYS.map(([keys, what]) =>
      node("tr", {}, node("th", { scope: "row" }, keys), node("td", {}, what)));
    const dialog = node("dialog", { class: "ins-help", "aria-labelledby": `ins-help-${number}` }, title,
      node("p", {}, "While the score has the focus. There Tab plays, as in Praat; press Escape first "
        + "to move on with Tab. Browsers keep Ctrl-N for themselves; the plain letters always work."),
      node("table", {}, node("tbody", {}, ...rows)), close);
    close.addEventListener("click", () => dialog.close());
    return dialog;
  }

  function score(number) {
    const top = node("canvas", { class: "ins-top", "aria-hidden": "true" });
    const map = node("canvas", { class: "ins-map", "aria-hidden": "true" });
    const marks = Object.fromEntries(["before", "selection", "after", "cursor", "head"].map((name) =>
      [name, node("div", { class: `ins-mark ins-${name}`, hidden: "" })]));
    const tip = node("div", { class: "ins-tip", hidden: "" });
    const plot = node("div", {
      class: "ins-plot", tabindex: "0", role: "application", "aria-roledescription": "score",
      "aria-describedby": `ins-keys-${number}`,
    }, top, map, ...Object.values(marks), tip);
    const keys = node("p", { class: "ins-keys", id: `ins-keys-${number}` },
      "Arrows choose, Tab plays, Escape leaves, ? lists all keys.");
    return { top, map, plot, tip, keys, ...marks };
  }

  function tools() {
    return {
      play: button("▶ Play", "Play the selection, or from the cursor (Tab, Space or P)", "ins-main"),
      playWindow: button("Window", "Play what is visible (Shift-Tab)"),
      playWord: button("Word", "Play the word at the cursor"),
      playSelection: button("Selection", "Play the selection"),
      version: node("select", { class: "ins-version", "aria-label": "Voice" }),
      zoomSelection: button("To selection", "Show just the selection (N)"),
      zoomIn: button("In", "Zoom in (I)"),
      zoomOut: button("Out", "Zoom out (O)"),
      zoomAll: button("All", "Show the whole utterance (A)"),
      back: button("Back", "The window before (B)"),
      unit: button("F0 in semitones", "F0 in semitones from the speaker's median, or in Hz"),
      spectrogram: button("Spectrogram", "Show or hide the spectrogram"),
      link: button("Copy link", "Copy a link to this very view"),
      help: button("?", "Keys", "ins-help-button"),
    };
  }

  function savers() {
    const names = { svg: "Picture (SVG)", png: "Picture (PNG)", frames: "F0 by frame (CSV)",
      relevance: "Relevance, groups by phones (CSV)", textgrid: "Tiers (Praat TextGrid)",
      measured: "Measured F0 (Praat PitchTier)", predicted: "Predicted F0 (Praat PitchTier)" };
    return Object.entries(names).map(([kind, text]) => {
      const one = button(text, `Save: ${text}`);
      one.dataset.kind = kind;
      return one;
    });
  }

  function skeleton(el, label) {
    const number = (mounted += 1);
    const ui = {
      ...score(number), ...tools(),
      filter: node("input", { type: "search", placeholder: "word, id or speaker" }),
      utterance: node("select", { class: "ins-utterance" }),
      level: node("select", { class: "ins-level" }),
      text: node("p", { class: "ins-text", lang: "pl", dir: "auto" }),
      silent: node("p", { class: "ins-silent", hidden: "" }),
      notice: node("p", { class: "ins-notice", role: "status" }),
      status: node("p", { class: "ins-status ins-heard", "aria-live": "polite" }),
      legend: node("div", { class: "ins-legend" }),
      pan: node("input", { type: "range", class: "ins-pan", min: "0", max: "1000", "aria-label": "Position of the window" }),
      previous: button("‹", "Previous utterance (PageUp)"),
      next: button("›", "Next utterance (PageDown)"),
      savers: savers(),
      question: node("p", { class: "ins-question", id: `ins-question-${number}` }),
      answer: node("p", { class: "ins-answer" }),
      bars: node("table", { class: "ins-bars", "aria-labelledby": `ins-question-${number}` }),
      note: node("p", { class: "ins-note" }),
      here: node("section", { class: "ins-here", "aria-label": "What pushes here" }),
      whatIf: node("div", { class: "ins-what-if" }),
      dialog: helpDialog(number),
    };
    ui.sounding = node("div", { class: "ins-group ins-sounding", role: "group", "aria-label": "Sound" },
      ui.play, ui.playWindow, ui.playWord, ui.playSelection, ui.version);
    ui.menu = node("details", { class: "ins-menu" }, node("summary", {}, "Save"), node("div", {}, ...ui.savers));
    ui.root = node("div", { class: "ins", role: "group", "aria-label": label, "data-lm-suppress-shortcuts": "true" },
      node("div", { class: "ins-controls" }, field("Utterance", ui.utterance),
        node("div", { class: "ins-step" }, ui.previous, ui.next), field("Find", ui.filter),
        field("Level of detail", ui.level)),
      ui.notice, ui.text,
      node("div", { class: "ins-tools" }, ui.sounding,
        node("div", { class: "ins-group", role: "group", "aria-label": "Window" },
          ui.zoomSelection, ui.zoomIn, ui.zoomOut, ui.zoomAll, ui.back),
        node("div", { class: "ins-group", role: "group", "aria-label": "View" }, ui.unit, ui.spectrogram),
        node("div", { class: "ins-group", role: "group", "aria-label": "Keep" }, ui.link, ui.menu, ui.help)),
      ui.silent,
      node("div", { class: "ins-stage" }, ui.legend, ui.plot, ui.pan, ui.keys, ui.here),
      ui.status,
      node("div", { class: "ins-box" }, ui.question, ui.answer, ui.bars, ui.note),
      ui.whatIf, ui.dialog);
    el.replaceChildren(ui.root);
    return ui;
  }

  return { node, skeleton };
})();
