/* The address of a view: what is after the # of the page's address says which utterance is shown,
   at which level, which window, what is selected, in which unit; `target` names the inspector
   that it is about, where a page has several. */
const IntonationAddress = (() => {
  "use strict";

  const NAMES = ["target", "utterance", "level", "window", "selection", "unit"];
  const UNITS = ["hz", "semitones"];
  let unnamedTaken = null; // the inspector that answers an address without target

  function parameters(hash) {
    const text = hash.replace(/^#/, "");
    if (!/(^|&)(target|utterance)=/.test(text)) return null;
    return [...new URLSearchParams(text)];
  }

  function span(text) {
    const parts = /^\d+(\.\d+)?,\d+(\.\d+)?$/.test(text) ? text.split(",").map(Number) : [];
    return parts.length === 2 && parts[0] < parts[1] ? parts : null;
  }

  /* What an address asks for, and what of it is not known here. */
  function parse(hash, view) {
    const given = parameters(hash);
    if (!given) return null;
    const target = given.find(([name]) => name === "target")?.[1];
    if (target === undefined ? unnamedTaken !== view : target !== view.name) return null;
    const [state, unknown] = [{}, []];
    const take = (key, value, name, text) => {
      if (value === null || value === undefined) unknown.push(`${name}=${text}`);
      else state[key] = value;
    };
    for (const [name, text] of given) {
      if (name === "utterance") take("id", view.source.index.find(({ id }) => id === text)?.id, name, text);
      else if (name === "level") take("level", /^\w+$/.test(text) ? text : null, name, text);
      else if (name === "window" || name === "selection") take(name, span(text), name, text);
      else if (name === "unit") take("unit", UNITS.includes(text) ? text : null, name, text);
      else if (!NAMES.includes(name)) unknown.push(`${name}=${text}`);
    }
    return { state, unknown };
  }

  function written(view) {
    const { utterance, slug, window: span, selection, unit, name } = view;
    const times = ([from, to]) => `${Number(from.toFixed(4))},${Number(to.toFixed(4))}`;
    const given = new URLSearchParams();
    if (name) given.set("target", name);
    given.set("utterance", utterance.id);
    given.set("level", slug);
    const whole = span[0] <= utterance.start && span[1] >= utterance.end;
    if (!whole) given.set("window", times(span));
    if (selection) given.set("selection", times(selection));
    given.set("unit", unit);
    return `#${given.toString().replace(/%2C/g, ",")}`;
  }

  function complain(view, unknown) {
    const short = unknown.map((one) => (one.length > 40 ? `${one.slice(0, 40)}…` : one));
    view.ui.notice.textContent = unknown.length
      ? `The link also asks for ${short.join(", ")}, which this page does not know; the rest of it is shown.` : "";
  }

  /* Only a page has an address that can be given to others; in Jupyter the inspector leaves it. */
  class Address {
    constructor(view) {
      this.view = view;
      this.on = view.source.address ?? Boolean(view.name);
      this.quiet = true; // until the reader does something
      unnamedTaken ||= view;
      view.ui.link.hidden = !this.on;
      view.ui.link.addEventListener("click", () => view.utterance && this.copy());
      this.wake = () => { this.quiet = false; };
      for (const event of ["pointerdown", "keydown"]) view.ui.root.addEventListener(event, this.wake);
      this.changed = () => this.follow();
      window.addEventListener("hashchange", this.changed);
    }

    /* The state that the page was opened with; {} if it is not about this inspector. */
    read() {
      const found = this.on ? parse(location.hash, this.view) : null;
      if (!found) return {};
      complain(this.view, found.unknown);
      requestAnimationFrame(() => this.view.ui.root.scrollIntoView({ block: "start" }));
      return { window: [], selection: [], ...found.state };
    }

    async follow() {
      const found = this.on ? parse(location.hash, this.view) : null;
      if (!found) return;
      complain(this.view, found.unknown);
      await this.view.show({ window: [], selection: [], ...found.state });
    }

    write() {
      if (!this.on || this.quiet) return;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => {
        try {
          history.replaceState(history.state, "", written(this.view));
        } catch { /* a page within a page may not change its address; the button still works */ }
      }, 250);
    }

    async copy() {
      const link = location.href.replace(/#.*$/, "") + written(this.view);
      const { ui } = this.view;
      const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
      if (!copied && !copyBySelecting(link, ui.root)) {
        ui.notice.textContent = `The link: ${link}`;
        return;
      }
      this.view.say("Link copied.");
      ui.link.textContent = "Copied";
      setTimeout(() => { ui.link.textContent = "Copy link"; }, 1500);
    }

    stop() {
      window.removeEventListener("hashchange", this.changed);
      clearTimeout(this.waiting);
      if (unnamedTaken === this.view) unnamedTaken = null;
    }
  }

  /* Pages from a disk have no clipboard of their own; an old way is left to them. */
  function copyBySelecting(text, root) {
    const area = IntonationFrame.node("textarea", { class: "ins-copy", "aria-hidden": "true" });
    area.value = text;
    root.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  return { follow: (view) => new Address(view), parse, written };
})();
