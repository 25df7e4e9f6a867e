/* The inspector: one utterance, and the answer to what pushes its F0 up or down in a window. */
const IntonationInspector = (() => {
  "use strict";

  const { drawBars, drawContour, drawMap, drawWindow, layout, node, skeleton } = IntonationDraw;

  class View {
    constructor(el, source) {
      this.source = source;
      this.ui = skeleton(el);
      this.wanted = null;
      this.fillUtterances("");
      this.listen();
      this.show({ ...source.state, id: source.state?.id || source.index[0].id });
    }

    fillUtterances(query) {
      const wanted = IntonationData.plain(query);
      const found = this.source.index.filter((entry) =>
        IntonationData.plain(`${entry.id} ${entry.speaker} ${entry.text}`).includes(wanted));
      this.ui.utterance.replaceChildren(...found.map((entry) =>
        node("option", { value: entry.id }, `${entry.text} (${entry.id}, ${entry.speaker})`)));
      this.ui.utterance.value = this.utterance ? this.utterance.id : "";
      return found;
    }

    /* Show a state {id, level, window}; what it leaves out stays as it is. */
    async show({ id, level, window: span }) {
      const chosen = id || this.utterance?.id;
      this.wanted = chosen;
      if (!this.utterance || this.utterance.id !== chosen) {
        this.ui.root.setAttribute("aria-busy", "true");
        const raw = await this.source.load(chosen).catch((error) => this.fail(error));
        if (!raw || this.wanted !== chosen) return;
        this.open(IntonationData.decode(raw));
      }
      if (level && level !== this.slug) this.chooseLevel(level);
      if (span && span.length === 2) this.chooseTime(span[0], span[1]);
      else this.report();
    }

    fail(error) {
      this.ui.root.removeAttribute("aria-busy");
      this.ui.answer.textContent = `This utterance could not be loaded: ${error.message}`;
    }

    open(utterance) {
      const { ui } = this;
      this.utterance = utterance;
      this.slug = IntonationData.findLevel(utterance, this.slug).slug;
      ui.root.removeAttribute("aria-busy");
      ui.utterance.value = utterance.id;
      ui.level.replaceChildren(...utterance.levels.map((level) =>
        node("option", { value: level.slug }, level.title)));
      ui.level.value = this.slug;
      this.wordButtons = utterance.words.map((word) =>
        node("button", { type: "button", class: "ins-word" }, word.text));
      ui.text.replaceChildren(...(this.wordButtons.length
        ? this.wordButtons.flatMap((button) => [button, " "]) : [utterance.text]));
      this.openAudio();
      for (const control of [ui.first, ui.last]) control.max = utterance.phones.length - 1;
      this.first = 0;
      this.last = utterance.phones.length - 1;
      this.drawLegend();
      this.draw();
    }

    openAudio() {
      const { ui, utterance } = this;
      ui.audio.hidden = !utterance.audio;
      ui.audio.replaceChildren();
      if (!utterance.audio) return;
      const resolve = this.source.resolve || ((address) => address);
      const player = node("audio", { controls: "", preload: "none" });
      player.src = resolve(utterance.audio);
      const button = node("button", { type: "button" }, "Play the window");
      let until = Infinity;
      button.addEventListener("click", () => {
        until = utterance.phones[this.last].end;
        player.currentTime = utterance.phones[this.first].start;
        player.play();
      });
      player.addEventListener("timeupdate", () => {
        if (player.currentTime >= until) player.pause();
      });
      player.addEventListener("pause", () => { until = Infinity; });
      ui.audio.append(player, button);
    }

    drawLegend() {
      const entries = [["true", "measured F0"], ["predicted", "predicted F0"]];
      if (this.utterance.reference_hz) entries.push(["median", "speaker's median"]);
      entries.push(["up", "pushes F0 up"], ["down", "pushes F0 down"]);
      this.ui.legend.replaceChildren(...entries.map(([kind, text]) =>
        node("span", {}, node("i", { class: `ins-key ins-key-${kind}` }), text)));
    }

    draw() {
      if (!this.utterance) return;
      const width = this.ui.plot.clientWidth;
      if (!width) return;
      this.place = layout(this.utterance, width);
      drawContour(this.ui.contour, this.utterance, this.place);
      this.drawLevel();
    }

    drawLevel() {
      const level = IntonationData.findLevel(this.utterance, this.slug);
      this.map = drawMap(this.ui, this.utterance, level, this.place);
      this.drawWindow();
    }

    drawWindow() {
      const { ui, utterance, place } = this;
      const summary = IntonationData.summarise(utterance, this.slug, this.first, this.last);
      if (place) drawWindow(ui, place, summary.start, summary.end);
      this.setRange(ui.first, this.first, "start");
      this.setRange(ui.last, this.last, "end");
      this.wordButtons.forEach((button, number) => {
        const middle = (utterance.words[number].start + utterance.words[number].end) / 2;
        button.setAttribute("aria-pressed", middle >= summary.start && middle < summary.end);
      });
      ui.question.textContent = IntonationData.question(utterance, summary);
      ui.answer.textContent = IntonationData.answer(utterance, summary);
      drawBars(ui, utterance, summary);
    }

    setRange(control, number, edge) {
      const phone = this.utterance.phones[number];
      control.value = number;
      control.setAttribute("aria-valuetext",
        `${IntonationData.seconds(phone[edge])} seconds, phone ${phone.text || "silence"}`);
    }

    chooseLevel(slug) {
      this.slug = IntonationData.findLevel(this.utterance, slug).slug;
      this.ui.level.value = this.slug;
      this.drawLevel();
    }

    choosePhones(first, last) {
      this.first = Math.min(first, last);
      this.last = Math.max(first, last);
      this.drawWindow();
    }

    chooseTime(start, end) {
      const { first, last } = IntonationData.phonesWithin(this.utterance, start, end);
      this.choosePhones(first, last);
    }

    /* Tell the outside, where somebody listens, what is chosen now. */
    report() {
      if (!this.source.onChange || !this.utterance) return;
      const { phones, id } = this.utterance;
      const span = [phones[this.first].start, phones[this.last].end];
      this.source.onChange({ id, level: this.slug, window: span });
    }

    /* ---- what the reader does ---- */

    listen() {
      const { ui } = this;
      ui.filter.addEventListener("input", () => this.find());
      ui.utterance.addEventListener("change", () => this.show({ id: ui.utterance.value }));
      ui.level.addEventListener("change", () => {
        this.chooseLevel(ui.level.value);
        this.report();
      });
      for (const control of [ui.first, ui.last]) {
        control.addEventListener("input", () => this.slide(control));
        control.addEventListener("change", () => this.report());
      }
      ui.all.addEventListener("click", () => {
        this.choosePhones(0, this.utterance.phones.length - 1);
        this.report();
      });
      ui.text.addEventListener("click", (event) => this.pickWord(event.target));
      this.listenToPointer();
      this.watchSurroundings();
    }

    find() {
      const found = this.fillUtterances(this.ui.filter.value);
      const here = found.some((entry) => entry.id === this.utterance?.id);
      if (found.length && !here) this.show({ id: found[0].id });
    }

    slide(control) {
      if (!this.utterance) return;
      const { first, last } = this.ui;
      const [from, to] = [Number(first.value), Number(last.value)];
      if (from <= to) this.choosePhones(from, to);
      else this.choosePhones(Number(control.value), Number(control.value));
    }

    pickWord(target) {
      const number = this.wordButtons.indexOf(target);
      if (number < 0) return;
      const word = this.utterance.words[number];
      this.chooseTime(word.start, word.end);
      this.report();
    }

    listenToPointer() {
      const { plot } = this.ui;
      let from = null;
      const at = (event) => {
        const x = event.clientX - plot.getBoundingClientRect().left;
        return IntonationData.phoneAt(this.utterance, this.place.time(x));
      };
      plot.addEventListener("pointerdown", (event) => {
        if (!this.place || event.button !== 0) return;
        from = at(event);
        plot.setPointerCapture(event.pointerId);
        this.choosePhones(from, from);
        this.hover(from, event);
      });
      plot.addEventListener("pointermove", (event) => {
        if (!this.place) return;
        if (from !== null) this.choosePhones(from, at(event));
        this.hover(at(event), event);
      });
      const stop = () => {
        if (from !== null) this.report();
        from = null;
      };
      plot.addEventListener("pointerup", stop);
      plot.addEventListener("pointercancel", stop);
      plot.addEventListener("pointerleave", (event) => {
        // what a finger has touched stays readable after it is lifted
        if (event.pointerType === "mouse") this.ui.readout.textContent = "";
      });
    }

    hover(number, event) {
      const { utterance, map, ui } = this;
      const phone = utterance.phones[number];
      const parts = [`${phone.text || "silence"}, ${IntonationData.seconds(phone.start)}–`
        + `${IntonationData.seconds(phone.end)} s`];
      const here = IntonationData.summarise(utterance, this.slug, number, number);
      if (here.trueHz) parts.push(`measured ${here.trueHz.toFixed(0)} Hz`);
      if (here.predictedHz) parts.push(`predicted ${here.predictedHz.toFixed(0)} Hz`);
      const row = Math.floor((event.clientY - ui.map.getBoundingClientRect().top) / map.height);
      if (row >= 0 && row < map.perFrame.length) {
        const value = IntonationData.number(map.perFrame[row][number], utterance.unit);
        parts.push(`${here.level.groups[row]} ${value}`);
      }
      ui.readout.textContent = parts.join(" · ");
    }

    watchSurroundings() {
      this.resized = new ResizeObserver(() => {
        if (this.place?.width !== this.ui.plot.clientWidth) this.draw();
      });
      this.resized.observe(this.ui.plot);
      this.recoloured = new MutationObserver(() => this.draw());
      const attributeFilter = ["data-theme", "data-jp-theme-light"];
      for (const target of [document.documentElement, document.body]) {
        this.recoloured.observe(target, { attributes: true, attributeFilter });
      }
    }

    destroy() {
      this.resized.disconnect();
      this.recoloured.disconnect();
      this.ui.root.remove();
    }
  }

  /* source: {index: [{id, text, speaker}], load(id) -> Promise of data, state?, onChange?,
     resolve?(address)}. */
  function mount(el, source) {
    return new View(el, source);
  }

  /* ---- Jupyter: the widget's traits are the state ---- */

  function loadFromModel(model, id) {
    if (model.get("utterance").id === id) return Promise.resolve(model.get("utterance"));
    return new Promise((resolve) => {
      const arrived = () => {
        if (model.get("utterance").id !== id) return;
        model.off("change:utterance", arrived);
        resolve(model.get("utterance"));
      };
      model.on("change:utterance", arrived);
      model.set("selected", id);
      model.save_changes();
    });
  }

  function renderWidget({ model, el }) {
    const state = () => ({
      id: model.get("selected"), level: model.get("level"), window: model.get("window"),
    });
    const view = mount(el, {
      index: model.get("index"),
      state: state(),
      load: (id) => loadFromModel(model, id),
      onChange: ({ id, level, window: span }) => {
        model.set("selected", id);
        model.set("level", level);
        model.set("window", span);
        model.save_changes();
      },
    });
    const follow = { selected: "id", level: "level", window: "window" };
    const followers = Object.entries(follow).map(([trait, key]) => {
      const changed = () => view.show({ [key]: state()[key] });
      model.on(`change:${trait}`, changed);
      return [`change:${trait}`, changed];
    });
    return () => {
      followers.forEach(([event, changed]) => model.off(event, changed));
      view.destroy();
    };
  }

  return { mount, renderWidget };
})();
