/* Every utterance at a glance: a card has its text, both contours, relevance over time, the error
   and its sound. Cards are made for what is looked at, so that thousands stay instant. Text from
   data only enters the page as text nodes and attributes. */
const IntonationGallery = (() => {
  "use strict";

  const { node } = IntonationFrame;

  const AT_ONCE = 24;
  const F0_HEIGHT = 46;
  const ROW_HEIGHT = 5;
  const SEMITONES = { per: 8, below: 15.9 };
  const NOT_KNOWN = 1e9;
  const error = (entry) => entry.rmse ?? NOT_KNOWN;
  const ORDERS = {
    corpus: ["as in the corpus", null],
    worst: ["worst predicted first", (a, b) => (b.rmse ?? -1) - (a.rmse ?? -1)],
    best: ["best predicted first", (a, b) => error(a) - error(b)],
    longest: ["longest first", (a, b) => b.seconds - a.seconds],
    shortest: ["shortest first", (a, b) => a.seconds - b.seconds],
    id: ["by id", (a, b) => (a.id < b.id ? -1 : 1)],
  };
  const HEARD = { original: "recorded", predicted: "predicted" };
  const KEYS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

  function field(label, control) {
    return node("label", { class: "gal-field" }, node("span", {}, label), control);
  }

  function choice(options) {
    return node("select", {}, ...options.map(([value, text]) => node("option", { value }, text)));
  }

  function bytes(base64) {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  }

  /* ---- thumbnails ---- */

  function palette(root) {
    const style = getComputedStyle(root);
    const read = (name) => style.getPropertyValue(`--gal-${name}`).trim();
    const rgb = (name) => [1, 3, 5].map((at) => parseInt(read(name).slice(at, at + 2), 16));
    return {
      recorded: read("recorded"), predicted: read("predicted"),
      zero: rgb("zero"), up: rgb("up"), down: rgb("down"),
    };
  }

  function drawContour(pen, values, width, colour, scale) {
    pen.beginPath();
    let on = false;
    values.forEach((value, at) => {
      const [x, y] = [((at + 0.5) * width) / values.length, scale(value)];
      if (value && on) pen.lineTo(x, y);
      else if (value) pen.moveTo(x, y);
      on = value > 0;
    });
    pen.strokeStyle = colour;
    pen.stroke();
  }

  /* Both contours on one scale of at least an octave. */
  function drawContours(pen, thumb, width, colours) {
    const [recorded, predicted] = [bytes(thumb.true), bytes(thumb.predicted)];
    const voiced = [...recorded, ...predicted].filter((value) => value > 0);
    if (!voiced.length) return;
    const [low, high] = [Math.min(...voiced), Math.max(...voiced)];
    const span = Math.max(high - low, 12 * SEMITONES.per);
    const bottom = (low + high - span) / 2;
    const scale = (value) => F0_HEIGHT - 4 - ((value - bottom) / span) * (F0_HEIGHT - 8);
    pen.lineJoin = "round";
    pen.lineWidth = 2.5;
    drawContour(pen, recorded, width, colours.recorded, scale);
    pen.lineWidth = 1.75;
    drawContour(pen, predicted, width, colours.predicted, scale);
  }

  function drawHeat(pen, thumb, width, colours) {
    const values = new Int8Array(bytes(thumb.heat).buffer);
    const step = width / thumb.columns;
    values.forEach((value, at) => {
      const full = value < 0 ? colours.down : colours.up;
      const share = Math.sqrt(Math.abs(value) / 127);
      const mixed = colours.zero.map((zero, i) => Math.round(zero + (full[i] - zero) * share));
      pen.fillStyle = `rgb(${mixed.join(",")})`;
      const [row, column] = [Math.floor(at / thumb.columns), at % thumb.columns];
      pen.fillRect(column * step, F0_HEIGHT + row * ROW_HEIGHT, step + 0.4, ROW_HEIGHT - 0.5);
    });
  }

  function draw(canvas, thumb, colours) {
    const [width, height] = [canvas.clientWidth, F0_HEIGHT + ROW_HEIGHT * thumb.rows];
    const ratio = window.devicePixelRatio || 1;
    if (!width) return;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    drawHeat(pen, thumb, width, colours);
    drawContours(pen, thumb, width, colours);
  }

  /* ---- the gallery ---- */

  class Gallery {
    /* source: {index: [entries], thumb(position) -> Promise, loadSound(id) -> Promise, choose(id)} */
    constructor(el, source) {
      this.source = source;
      this.entries = source.index.map((entry, position) => ({
        entry, position, plain: IntonationData.plain(`${entry.text} ${entry.id} ${entry.speaker}`),
      }));
      this.cards = new Map();
      this.current = null;
      this.build(el);
      this.find();
    }

    build(el) {
      const speakers = [...new Set(this.source.index.map(({ speaker }) => speaker))].sort();
      const types = [...new Set(this.source.index.map(({ type }) => type))].filter(Boolean).sort();
      const all = (names, every) => choice([["", every], ...names.map((name) => [name, name])]);
      const ui = {
        query: node("input", { type: "search", placeholder: "any part of the text, or an id" }),
        type: all(types, "all types"),
        speaker: all(speakers, "all speakers"),
        order: choice(Object.entries(ORDERS).map(([value, [text]]) => [value, text])),
        count: node("p", { class: "gal-count", role: "status" }),
        list: node("ul", { class: "gal-list" }),
        more: node("button", { type: "button", class: "gal-more" }),
        failed: node("p", { class: "gal-failed", role: "alert" }),
      };
      const kept = [field("Find", ui.query), field("Type", ui.type), field("Order", ui.order)];
      if (speakers.length > 1) kept.splice(2, 0, field("Speaker", ui.speaker));
      const key = node("p", { class: "gal-key", "aria-hidden": "true" },
        node("i", { class: "gal-recorded" }), "recorded F0 ", node("i", { class: "gal-predicted" }),
        "predicted F0; below, what phone, syllable, word, phrase and utterance push ",
        node("i", { class: "gal-up" }), "up or ", node("i", { class: "gal-down" }), "down");
      this.root = node("div", { class: "gal" },
        node("div", { class: "gal-controls" }, ...kept), ui.count, key, ui.failed, ui.list, ui.more);
      this.ui = ui;
      el.append(this.root);
      this.listen();
    }

    listen() {
      const { ui } = this;
      for (const control of [ui.query, ui.type, ui.speaker, ui.order]) {
        control.addEventListener("input", () => this.find());
      }
      ui.more.addEventListener("click", () => {
        const first = this.made;
        this.make(AT_ONCE);
        ui.list.children[first]?.querySelector(".gal-open").focus();
      });
      ui.list.addEventListener("click", (event) => this.click(event.target.closest("button")));
      ui.list.addEventListener("keydown", (event) => this.key(event));
      ui.list.addEventListener("focusin", (event) => this.rove(event.target.closest("li")));
      this.seen = new IntersectionObserver((changes) => {
        for (const { target, isIntersecting } of changes) if (isIntersecting) this.picture(target);
      }, { rootMargin: "300px" });
      this.resized = new ResizeObserver(() => this.redraw());
      this.resized.observe(ui.list);
      this.recoloured = new MutationObserver(() => this.redraw());
      const attributeFilter = ["data-theme", "data-jp-theme-light"];
      for (const target of [document.documentElement, document.body]) {
        this.recoloured.observe(target, { attributes: true, attributeFilter });
      }
    }

    /* Show what fits the query, the filters and the order. */
    find() {
      const { query, type, speaker, order, count, list } = this.ui;
      const wanted = IntonationData.plain(query.value.trim());
      const rank = ORDERS[order.value][1];
      this.found = this.entries.filter(({ entry, plain }) => plain.includes(wanted)
        && (!type.value || entry.type === type.value)
        && (!speaker.value || entry.speaker === speaker.value));
      if (rank) this.found.sort((a, b) => rank(a.entry, b.entry) || a.position - b.position);
      count.textContent = `${this.found.length} of ${this.entries.length} utterances`;
      this.made = 0;
      this.seen.disconnect();
      list.replaceChildren();
      this.make(AT_ONCE);
      this.rove(list.firstElementChild);
    }

    make(count) {
      const next = this.found.slice(this.made, this.made + count);
      const cards = next.map((one) => this.card(one));
      this.ui.list.append(...cards);
      cards.forEach((card) => this.seen.observe(card));
      this.made += next.length;
      const left = this.found.length - this.made;
      this.ui.more.hidden = left === 0;
      this.ui.more.textContent = `Show ${Math.min(AT_ONCE, left)} more of ${left}`;
    }

    card(one) {
      if (this.cards.has(one.position)) return this.cards.get(one.position);
      const { entry, position } = one;
      const known = entry.rmse === null || entry.rmse === undefined ? []
        : [`error ${entry.rmse.toFixed(2)} semitones`];
      const about = [entry.id, entry.speaker, ...known, `${entry.seconds.toFixed(1)} s`].join(" · ");
      const open = node("button", { type: "button", class: "gal-open", tabindex: "-1" },
        node("canvas", { class: "gal-thumb", "aria-hidden": "true" }),
        node("span", { class: "gal-text", lang: "pl", dir: "auto" }, entry.text || entry.id),
        node("span", { class: "gal-about" }, about));
      const card = node("li", { class: "gal-card", "data-position": position }, open);
      if (entry.sound) card.append(this.sounds(entry));
      this.cards.set(position, card);
      this.markCard(card);
      return card;
    }

    sounds(entry) {
      return node("div", { class: "gal-sounds" }, ...Object.entries(HEARD).map(([version, words]) =>
        node("button", {
          type: "button", class: "gal-play", tabindex: "-1", "data-version": version,
          "aria-pressed": "false", "aria-label": `Play, ${words}: ${entry.text}`,
        }, `▶ ${words}`)));
    }

    async picture(card) {
      this.seen.unobserve(card);
      try {
        card.thumb ||= await this.source.thumb(Number(card.dataset.position));
      } catch {
        return; // the text is there without it
      }
      draw(card.querySelector("canvas"), card.thumb, (this.colours ||= palette(this.root)));
    }

    redraw() {
      if (this.drawing) return;
      this.drawing = requestAnimationFrame(() => {
        this.drawing = null;
        this.colours = null;
        for (const card of this.ui.list.children) if (card.thumb) this.picture(card);
      });
    }

    /* ---- what the reader does ---- */

    entryOf(card) {
      return this.source.index[Number(card.dataset.position)];
    }

    click(button) {
      if (!button) return;
      const entry = this.entryOf(button.closest("li"));
      if (button.dataset.version) this.play(button, entry);
      else this.source.choose(entry.id);
    }

    async play(button, entry) {
      this.ui.failed.textContent = "";
      if (button.getAttribute("aria-pressed") === "true") return this.player.stop();
      try {
        const sounds = await this.source.loadSound(entry.id);
        this.player?.stop();
        const player = (this.player = new IntonationSound.Player(sounds));
        await player.play(button.dataset.version, 0, entry.seconds, {
          onEnd: () => button.setAttribute("aria-pressed", "false"),
        });
        button.setAttribute("aria-pressed", "true");
      } catch (failure) {
        this.ui.failed.textContent = `${entry.id} cannot be heard: ${failure.message}`;
      }
      return undefined;
    }

    key(event) {
      const step = KEYS[event.key];
      const cards = [...this.ui.list.children];
      const at = cards.indexOf(event.target.closest("li"));
      if (step === undefined || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(cards.length - 1, at + step));
      cards[to].querySelector(".gal-open").focus();
    }

    /* Of all cards one can be reached with Tab; the arrows lead to the others. */
    rove(card) {
      if (!card || card === this.reached) return;
      const set = (one, index) => one?.querySelectorAll("button")
        .forEach((button) => { button.tabIndex = index; });
      set(this.reached, -1);
      set(card, 0);
      this.reached = card;
    }

    /* Mark the utterance that the inspector shows. */
    mark(id) {
      if (this.current === id) return;
      this.current = id;
      for (const card of this.cards.values()) this.markCard(card);
    }

    markCard(card) {
      const open = card.querySelector(".gal-open");
      if (this.entryOf(card).id === this.current) open.setAttribute("aria-current", "true");
      else open.removeAttribute("aria-current");
    }
  }

  return { mount: (el, source) => new Gallery(el, source) };
})();
