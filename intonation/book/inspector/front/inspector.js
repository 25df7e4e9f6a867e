/* The inspector: one utterance as a score, and the answer to what pushes its F0 up or down.
   The window is what is seen, the selection what is explained and played. */
const IntonationInspector = (() => {
  "use strict";

  const { node, skeleton } = IntonationFrame;
  const LISTED = 200;
  const LEAST_S = 0.05;

  class View {
    constructor(el, source) {
      this.source = source;
      this.name = source.name || el.dataset.name || "";
      this.ui = skeleton(el, `Inspector of predicted F0${this.name ? `, ${this.name}` : ""}`);
      Object.assign(this, { utterance: null, slug: "", window: null, selection: null, cursor: 0 });
      Object.assign(this, { unit: "hz", tier: "phones", folded: false, history: [], changed: null });
      this.fillUtterances("");
      this.transport = new IntonationTransport.Transport(this);
      this.address = IntonationAddress.follow(this);
      IntonationPointer.listen(this);
      IntonationKeys.listen(this);
      IntonationExport.listen(this);
      this.listen();
      const asked = { ...source.state, ...this.address.read() };
      this.ready = this.show({ ...asked, id: asked.id || source.index[0].id });
    }

    fillUtterances(query) {
      const wanted = IntonationData.plain(query);
      this.found = this.source.index.filter((entry) =>
        IntonationData.plain(`${entry.id} ${entry.speaker} ${entry.text}`).includes(wanted));
      const here = this.found.filter((entry) => entry.id === this.utterance?.id);
      const listed = this.found.slice(0, LISTED);
      const shown = here.length && !listed.includes(here[0]) ? [...here, ...listed] : listed;
      const options = shown.map((entry) =>
        node("option", { value: entry.id }, `${entry.text} (${entry.id}, ${entry.speaker})`));
      const more = this.found.length - listed.length;
      if (more > 0) options.push(node("option", { disabled: "" }, `… and ${more} more: write above to find one`));
      this.ui.utterance.replaceChildren(...options);
      this.ui.utterance.value = this.utterance ? this.utterance.id : "";
      return this.found;
    }

    /* ---- state ---- */

    /* Show a state {id, level, window, selection, unit}; what it leaves out stays as it is. An
       empty window is the whole utterance, an empty selection none. */
    async show({ id, level, window: span, selection, unit }) {
      const chosen = id || this.wanted; // it may still be on its way
      this.wanted = chosen;
      if (this.utterance?.id !== chosen) {
        this.ui.root.setAttribute("aria-busy", "true");
        const raw = await this.source.load(chosen).catch((error) => this.fail(error, chosen));
        if (!raw || this.wanted !== chosen) return;
        if (this.utterance?.id !== chosen) this.open(raw);
      }
      if (unit) this.unit = unit === "semitones" ? "semitones" : "hz";
      if (level) this.slug = IntonationData.findLevel(this.utterance, level).slug;
      if (span) this.window = this.clamped(span);
      if (selection) this.selection = this.snapped(selection);
      this.cursor = this.selection ? (this.selection[0] + this.selection[1]) / 2 : this.peak();
      this.draw();
      this.report();
    }

    /* Show what another place has changed, and nothing where it says what is shown. */
    async follow(state) {
      const { selection, utterance } = this;
      const now = { id: this.wanted, level: this.slug, window: this.window || [], selection: selection || [] };
      const same = (one, other) => (Array.isArray(one)
        ? one.length === other.length && one.every((time, at) => Math.abs(time - other[at]) < 1e-6) : one === other);
      const changed = Object.entries(state).filter(([key, value]) => !same(now[key], value));
      if (changed.length && (utterance || "id" in state)) await this.show(Object.fromEntries(changed));
    }

    fail(error, id) {
      if (this.wanted !== id) return;
      this.wanted = this.utterance?.id;
      this.ui.root.removeAttribute("aria-busy");
      this.ui.answer.textContent = `This utterance could not be loaded: ${error.message}`;
    }

    open(raw) {
      const { ui } = this;
      IntonationAsking.close(this);
      const utterance = IntonationData.decode(raw);
      Object.assign(this, { raw, utterance, history: [], changed: null, selection: null, moved: false });
      this.slug = IntonationData.findLevel(utterance, this.slug).slug;
      this.window = [utterance.start, utterance.end];
      if (!utterance.tiers.some(({ key }) => key === this.tier)) this.tier = "phones";
      ui.root.removeAttribute("aria-busy");
      this.fillUtterances(ui.filter.value);
      ui.level.replaceChildren(...utterance.levels.map((level) => node("option", { value: level.slug }, level.title)));
      this.wordButtons = utterance.words.map((word) => node("button", { type: "button", class: "ins-word" }, word.text));
      ui.text.replaceChildren(...(this.wordButtons.length
        ? this.wordButtons.flatMap((button) => [button, " "]) : [utterance.text]));
      ui.plot.setAttribute("aria-label", `Score of: ${utterance.text}`);
      this.transport.open(utterance.id);
      IntonationAsking.open(this);
    }

    /* A stretch of time within the utterance, or all of it. */
    clamped(span) {
      const { start, end } = this.utterance;
      if (span.length !== 2 || !span.every(Number.isFinite)) return [start, end];
      const length = Math.min(end - start, Math.max(LEAST_S, Math.abs(span[1] - span[0])));
      const from = Math.max(start, Math.min(Math.min(...span), end - length));
      return [from, from + length];
    }

    /* A stretch of time as whole phones, or null where it is empty. */
    snapped(span) {
      if (!span || span.length !== 2 || !span.every(Number.isFinite)) return null;
      const { phones } = this.utterance;
      const { first, last } = IntonationData.phonesWithin(this.utterance, Math.min(...span), Math.max(...span));
      return [phones[first].start, phones[last].end];
    }

    /* Where the prediction is highest in the window; its middle where nothing is voiced. */
    peak() {
      const { f0Predicted, frame_shift_ms: shift } = this.utterance;
      let best = -1;
      for (let at = 0; at < f0Predicted.length; at += 1) {
        const time = ((at + 0.5) * shift) / 1000;
        const inside = time >= this.window[0] && time < this.window[1];
        if (inside && f0Predicted[at] > (best < 0 ? 0 : f0Predicted[best])) best = at;
      }
      return best < 0 ? (this.window[0] + this.window[1]) / 2 : ((best + 0.5) * shift) / 1000;
    }

    /* What is explained: the selection, else the window. */
    explained() {
      return this.selection || this.window;
    }

    /* First and last explained frame: [from, to). */
    windowFrames() {
      const shift = this.utterance.frame_shift_ms / 1000;
      return this.explained().map((time) => Math.max(0, Math.ceil(time / shift - 0.5)));
    }

    /* Tell the outside, where somebody listens, what is chosen now; but while another utterance
       is on its way, not that the one before it is chosen. */
    report() {
      if (this.wanted !== this.utterance.id) return;
      this.address.write();
      this.asked?.update();
      this.source.onChange?.({
        id: this.utterance.id, level: this.slug, window: [...this.window], selection: [...(this.selection || [])],
      });
    }

    say(text) {
      this.ui.status.textContent = text;
    }

    /* ---- what changes the state ---- */

    chooseLevel(slug) {
      this.slug = IntonationData.findLevel(this.utterance, slug).slug;
      this.draw();
      this.report();
    }

    select(span, cursor = null) {
      const before = String(this.selection);
      this.selection = this.snapped(span);
      this.moved = true;
      if (cursor !== null) this.cursor = cursor;
      else if (this.selection) this.cursor = (this.selection[0] + this.selection[1]) / 2;
      this.drawMarks();
      if (String(this.selection) !== before) this.drawAnswer();
    }

    zoom(span, remember = true) {
      const wanted = this.clamped(span);
      if (wanted.every((time, at) => Math.abs(time - this.window[at]) < 1e-6)) return;
      if (remember) this.history.push(this.window);
      this.window = wanted;
      this.draw();
      this.report();
    }

    back() {
      if (this.history.length) this.zoom(this.history.pop(), false);
    }

    /* Draw a contour [frames, Hz] over the predicted one; null takes it away. */
    overlay(f0Hz) {
      this.changed = f0Hz;
      if (!this.place) return;
      this.drawTop();
      this.drawMarks();
      IntonationPanel.drawLegend(this.ui, this.scene());
    }

    neighbour(step) {
      const at = this.found.findIndex((entry) => entry.id === this.utterance?.id);
      const next = this.found[at + step];
      if (next) this.show({ id: next.id });
      else this.say(step > 0 ? "This is the last utterance." : "This is the first utterance.");
    }

    /* ---- drawing ---- */

    scene() {
      return {
        utterance: this.utterance, level: IntonationData.findLevel(this.utterance, this.slug), place: this.place,
        colours: this.colours, unit: this.unit, changed: this.changed, active: this.tier,
        sound: this.transport.sound, spectrogram: this.transport.spectrogram,
      };
    }

    draw() {
      const width = this.ui.plot.clientWidth;
      if (!this.utterance || !width) return;
      this.colours ||= IntonationDraw.palette(this.ui.root);
      const level = IntonationData.findLevel(this.utterance, this.slug);
      this.place = IntonationDraw.layout(this.utterance, width, {
        sound: this.transport.expected, spectrogram: !this.folded, window: this.window, level,
      });
      this.drawTop();
      this.drawMap();
      IntonationPanel.drawLegend(this.ui, this.scene());
      this.drawMarks();
      this.drawAnswer();
      IntonationPanel.drawControls(this);
      this.transport.analyse();
    }

    drawTop() {
      if (!this.place) return;
      const { width, height } = this.place;
      const ratio = window.devicePixelRatio || 1;
      this.ui.top.style.height = `${height}px`;
      const pen = new IntonationPens.CanvasPen(this.ui.top, width, height, ratio, this.colours.family);
      IntonationDraw.drawScore(pen, this.scene());
    }

    drawMap() {
      const { width, map } = this.place;
      const ratio = window.devicePixelRatio || 1;
      this.ui.map.style.height = `${map.height}px`;
      const pen = new IntonationPens.CanvasPen(this.ui.map, width, map.height, ratio, this.colours.family);
      IntonationMap.draw(pen, this.scene(), 0, { ratio });
    }

    drawMarks() {
      IntonationPointer.drawMarks(this);
    }

    /* The sentence and the bars of what is explained. */
    drawAnswer() {
      const { ui, utterance } = this;
      const [from, to] = this.explained();
      const { first, last } = IntonationData.phonesWithin(utterance, from, to);
      const summary = IntonationData.summarise(utterance, this.slug, first, last);
      this.wordButtons.forEach((button, number) => {
        const middle = (utterance.words[number].start + utterance.words[number].end) / 2;
        const pressed = String(Boolean(this.selection) && middle >= summary.start && middle < summary.end);
        if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
      });
      ui.question.textContent = IntonationData.question(utterance, summary);
      ui.answer.textContent = IntonationData.answer(utterance, summary);
      IntonationPanel.drawBars(ui, utterance, summary);
      ui.zoomSelection.disabled = !this.selection;
      ui.playSelection.disabled = !this.selection;
    }

    /* ---- what the reader does with the controls ---- */

    listen() {
      const { ui } = this;
      const click = (control, does) => control.addEventListener("click", () => this.utterance && does());
      ui.filter.addEventListener("input", () => this.find());
      ui.utterance.addEventListener("change", () => this.show({ id: ui.utterance.value }));
      ui.level.addEventListener("change", () => this.chooseLevel(ui.level.value));
      ui.pan.addEventListener("input", () => this.pan(Number(ui.pan.value) / 1000));
      ui.text.addEventListener("click", (event) => this.pickWord(event.target));
      click(ui.previous, () => this.neighbour(-1));
      click(ui.next, () => this.neighbour(1));
      for (const name of ["unit", "spectrogram", "zoomSelection", "zoomIn", "zoomOut", "zoomAll", "back", "help"]) {
        click(ui[name], () => IntonationKeys.COMMANDS[name](this));
      }
      this.watchSurroundings();
    }

    find() {
      const found = this.fillUtterances(this.ui.filter.value);
      const here = found.some((entry) => entry.id === this.utterance?.id);
      if (found.length && !here) this.show({ id: found[0].id });
    }

    pan(share) {
      const { start, end } = this.utterance;
      const length = this.window[1] - this.window[0];
      const from = start + share * (end - start - length);
      this.zoom([from, from + length], false);
    }

    pickWord(target) {
      const number = this.wordButtons.indexOf(target);
      if (number < 0) return;
      const word = this.utterance.words[number];
      this.tier = "words";
      this.select([word.start, word.end]);
      this.report();
    }

    watchSurroundings() {
      this.resized = new ResizeObserver(() => {
        if (this.place?.width !== this.ui.plot.clientWidth) this.draw();
      });
      this.resized.observe(this.ui.plot);
      this.recoloured = new MutationObserver(() => {
        this.colours = null;
        this.draw();
      });
      const attributeFilter = ["data-theme", "data-jp-theme-light"];
      for (const target of [document.documentElement, document.body]) {
        this.recoloured.observe(target, { attributes: true, attributeFilter });
      }
    }

    destroy() {
      IntonationAsking.close(this);
      this.transport.stop();
      this.address.stop();
      this.resized.disconnect();
      this.recoloured.disconnect();
      this.ui.root.remove();
    }
  }

  /* source: {index: [{id, text, speaker}], load(id) -> Promise of data, loadSound?(id),
     loadNetwork?(), name?, state?, onChange?({id, level, window, selection})}. */
  function mount(el, source) {
    return new View(el, source);
  }

  const renderWidget = (context) => IntonationJupyter.render(context, mount);

  return { mount, renderWidget };
})();
