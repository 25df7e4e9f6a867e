/* The panel where a reader changes what an utterance says: its sentence type, accents, boundaries
   and parts of speech; and what the network then makes of it. The facts and their rules are
   IntonationStructure's, the answers come by `ask`. */
const IntonationWhatIf = (() => {
  "use strict";

  const { node } = IntonationFrame;
  const SENTENCES = { statement: "statement", question: "question", exclamation: "exclamation" };
  const TONES = {
    "L-L%": "end of a statement", "L-H%": "it goes on", "H-H%": "question without a question word",
    "HL-L%": "question with a question word", "H-L%": "exclamation", NONE: "a pause, nothing written",
  };
  const SHOWN = 8;
  const QUIET_MS = 400;

  function hidden(text) {
    return node("span", { class: "ins-heard" }, text);
  }

  /* A word without the punctuation around it, which a change may contradict. */
  function bare(text) {
    return text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") || text;
  }

  function keyOf({ kind, word, after }) {
    return [kind, word ?? after ?? ""].join(" ");
  }

  /* ---- numbers ---- */

  function mean(values) {
    return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  }

  /* Mean F0 of voiced frames [from, to) of an output, in Hz and in semitones from the median. */
  function meanF0({ unit, reference_hz: reference, f0Predicted }, output, [from, to]) {
    const voiced = [...output.keys()].filter((frame) =>
      frame >= from && frame < to && f0Predicted[frame] > 0);
    const hertz = voiced.map((frame) =>
      (unit === "semitones" ? reference * 2 ** (output[frame] / 12) : Math.exp(output[frame])));
    const tones = reference ? hertz.map((hz) => 12 * Math.log2(hz / reference)) : [];
    return { hz: mean(hertz), semitones: mean(tones) };
  }

  /* What changed in the explained output per frame: the strongest groups, all others, what the
     level leaves out or counts twice, the biases; rounded so that they add up as they are read. */
  function changeParts(utterance, before, after, frames) {
    const level = after.level || utterance.levels[0];
    const names = level.words || level.groups;
    const change = (one, other) => (frames ? (other - one) / frames : 0);
    const groups = names.map((name, group) =>
      ({ name, title: level.groups[group], value: change(before.sums[group], after.sums[group]) }));
    groups.sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
    const moved = groups.filter(({ value }) => Math.abs(value) > 1e-9);
    const parts = moved.slice(0, SHOWN);
    const sum = (some) => some.reduce((total, { value }) => total + value, 0);
    const others = moved.slice(SHOWN);
    if (others.length) parts.push({ name: `${others.length} other groups`, value: sum(others) });
    const total = change(before.explained, after.explained);
    const absorbed = change(before.absorbed, after.absorbed);
    const left = total - absorbed - sum(groups);
    if (!level.complete) parts.push({ name: "counted twice or left out at this level", value: left });
    parts.push({ name: "absorbed by biases", value: level.complete ? absorbed + left : absorbed });
    const digits = utterance.unit === "semitones" ? 2 : 3;
    const rounded = IntonationData.roundTogether(parts.map(({ value }) => value), digits);
    const shown = parts.map((part, index) => ({ ...part, value: rounded[index] }));
    return { parts: shown, total: sum(shown) };
  }

  /* ---- the panel ---- */

  class Panel {
    constructor(el, { utterance, raw, table, view, ask }) {
      Object.assign(this, { utterance, table, view, ask });
      this.spoken = this.now = IntonationStructure.open(raw.structure, table);
      this.changes = new Map();
      const tier = raw.tiers?.words.length === raw.structure.words.length ? raw.tiers.words : null;
      this.names = this.spoken.words().map((word, index) => bare(tier?.[index][2] || word.text));
      this.lastWord = raw.tiers?.words.at(-1)?.slice(0, 2) || [utterance.start, utterance.end];
      this.build(el);
      this.watch(el.closest(".ins") || el);
      this.refresh();
    }

    build(el) {
      this.radios = Object.entries(SENTENCES).map(([value, text]) => this.radio(value, text));
      const group = `ins-wi-${Math.random().toString(36).slice(2)}`;
      for (const { input } of this.radios) input.name = group;
      this.controls = this.names.map((name, word) => this.wordControls(name, word));
      this.list = node("ul", { class: "ins-wi-changes" });
      this.reset = node("button", { type: "button" }, "As spoken");
      this.reset.addEventListener("click", () => this.restore());
      this.note = node("p", { class: "ins-note" });
      this.status = node("p", { class: "ins-heard", role: "status", "aria-live": "polite" });
      this.result = node("div", { class: "ins-wi-result" });
      const sentence = node("fieldset", { class: "ins-wi-sentence" },
        node("legend", {}, "The sentence is a"), ...this.radios.map(({ label }) => label));
      const words = node("fieldset", { class: "ins-wi-words" }, node("legend", {}, "Its words"),
        node("ol", {}, ...this.controls.map(({ item }) => item)));
      const done = node("div", { class: "ins-wi-done" }, this.list, this.reset);
      this.root = node("section", { class: "ins-wi", "aria-label": "What if" },
        sentence, words, done, this.note, this.status, this.result);
      el.append(this.root);
    }

    /* What is explained, or the level, may be another one after anything that a reader does. */
    watch(home) {
      this.watching = new AbortController();
      const look = () => setTimeout(() => this.update());
      for (const event of ["pointerup", "keyup", "change"]) {
        home.addEventListener(event, look, { signal: this.watching.signal });
      }
    }

    radio(value, text) {
      const input = node("input", { type: "radio", value });
      input.addEventListener("change", () => this.change({ kind: "sentence", to: value },
        this.spoken.sentence() === value));
      return { value, input, label: node("label", {}, input, text) };
    }

    wordControls(name, word) {
      const accent = node("button", { type: "button", class: "ins-wi-accent" },
        "accent", hidden(` on ${name}`));
      accent.addEventListener("click", () => this.toggleAccent(word));
      const options = Object.entries(this.table.parts_of_speech).map(([value, text]) =>
        node("option", { value }, text));
      const part = node("select", { "aria-label": `Part of speech of ${name}` }, ...options);
      part.addEventListener("change", () => this.change(
        { kind: "part_of_speech", word, to: part.value },
        this.spoken.words()[word].part_of_speech === part.value));
      const tone = node("span", { class: "ins-wi-tone" });
      const boundary = node("button", {
        type: "button", class: "ins-wi-boundary", "aria-label": `Boundary after ${name}`,
        title: `Boundary after ${name}`,
      }, "|");
      boundary.addEventListener("click", () => this.toggleBoundary(word));
      const own = node("div", { class: "ins-wi-word" },
        node("bdi", { class: "ins-wi-text" }, name), accent, part);
      const last = word + 1 === this.names.length;
      const edge = node("div", { class: "ins-wi-edge" }, ...(last ? [] : [boundary]), tone);
      return { item: node("li", {}, own, edge), own, accent, part, tone, boundary };
    }

    /* ---- what the reader does ---- */

    change(change, asSpoken, remark = "") {
      if (asSpoken) this.changes.delete(keyOf(change));
      else this.changes.set(keyOf(change), change);
      this.refresh(remark);
    }

    toggleAccent(word) {
      const change = { kind: "accent", word, on: !this.now.words()[word].accent };
      const others = [...this.changes.values()].filter((other) => keyOf(other) !== keyOf(change));
      const bears = (changes) => this.spoken.edited(changes).words()[word].accent > 0;
      const kept = !change.on && bears([...others, change]);
      this.change(change, bears(others) === change.on, kept
        ? `A phrase has an accent somewhere: without another one, “${this.names[word]}” keeps it.` : "");
    }

    toggleBoundary(after) {
      const { boundary, pause } = this.now.words()[after];
      const change = { kind: "boundary", after, on: !boundary };
      this.change(change, this.spoken.words()[after].boundary === change.on, boundary && pause
        ? `The pause after “${this.names[after]}” still ends the phrase, without a tone.` : "");
    }

    restore() {
      this.changes.clear();
      this.refresh("As spoken.");
    }

    /* ---- what is shown ---- */

    refresh(remark = "") {
      this.now = this.spoken.edited([...this.changes.values()]);
      const sentence = this.now.sentence();
      for (const { input, value } of this.radios) input.checked = value === sentence;
      this.now.words().forEach((word, index) => this.showWord(this.controls[index], word, index));
      const lines = [...this.changes.values()].map((change) => this.line(change));
      this.list.replaceChildren(...lines);
      this.reset.disabled = !lines.length;
      const extent = lines.length ? this.extent() : "Nothing is changed yet.";
      this.remark = remark;
      this.note.textContent = [remark, extent].join(" ").trim();
      this.say(this.note.textContent);
      this.request();
    }

    showWord({ own, accent, part, tone, boundary }, word, index) {
      const told = this.changes.has(`accent ${index}`) || this.changes.has(`part_of_speech ${index}`);
      own.classList.toggle("ins-wi-changed", told);
      own.classList.toggle("ins-wi-nucleus", word.accent > 1);
      accent.setAttribute("aria-pressed", word.accent > 0);
      accent.title = ["no accent", "an accent before the nucleus"][word.accent]
        || "the last accent of its phrase, the nucleus";
      part.value = word.part_of_speech;
      tone.textContent = word.tone || "";
      tone.title = word.tone ? `tone at the end of the phrase: ${TONES[word.tone]}` : "";
      boundary.setAttribute("aria-pressed", word.boundary);
      boundary.textContent = word.tone ? "‖" : "|";
    }

    line(change) {
      const text = this.inWords(change);
      const undo = node("button", { type: "button", "aria-label": `Undo: ${text}` }, "undo");
      undo.addEventListener("click", () => {
        this.changes.delete(keyOf(change));
        this.refresh();
        this.reset.disabled ? this.radios[0].input.focus() : this.reset.focus();
      });
      return node("li", {}, node("bdi", {}, text), " ", undo);
    }

    inWords({ kind, to, word, after, on }) {
      const parts = this.table.parts_of_speech;
      const before = this.spoken.words()[word ?? after];
      if (kind === "sentence") return `Sentence: ${this.spoken.sentence() || "unfinished"} → ${to}`;
      if (kind === "accent") return `“${this.names[word]}”: accent ${on ? "on" : "off"}`;
      if (kind === "boundary") {
        return `Boundary after “${this.names[after]}” ${on ? "put in, as by a comma" : "taken out"}`;
      }
      return `“${this.names[word]}”: ${parts[before.part_of_speech]} → ${parts[to]}`;
    }

    /* How many phones, and how many of their answers, are other ones. */
    extent() {
      const [before, after] = [this.spoken.answers(), this.now.answers()];
      const others = before.map((row, phone) => {
        const [one, other] = [new Set(row), new Set(after[phone])];
        return row.filter((index) => !other.has(index)).length
          + after[phone].filter((index) => !one.has(index)).length;
      });
      const phones = others.filter(Boolean).length;
      const answers = others.reduce((sum, count) => sum + count, 0);
      if (!answers) return "No label says anything else: the rules give the same facts.";
      return `${phones} of ${others.length} phones have other labels; ${answers} answers changed.`;
    }

    say(text) {
      clearTimeout(this.speaking);
      this.speaking = setTimeout(() => { this.status.textContent = text; }, QUIET_MS);
    }

    /* ---- what the network says ---- */

    /* One question at a time; of what is changed meanwhile only the last is asked. */
    async request() {
      this.wanted = true;
      if (this.busy) return;
      this.busy = true;
      while (this.wanted && this.root.isConnected) {
        this.wanted = false;
        await this.answer([...this.changes.values()]).catch((error) => {
          this.result.replaceChildren(node("p", { class: "ins-note" },
            `The network could not answer: ${error.message}`));
        });
      }
      this.busy = false;
    }

    /* Ask again where something else is explained than what is shown. */
    update() {
      if (!this.root.isConnected) this.watching.abort();
      else if (this.changes.size && this.stateKey() !== this.shownFor) this.request();
    }

    stateKey() {
      return [this.view?.slug, ...this.explained()].join(" ");
    }

    explained() {
      return this.view?.windowFrames?.() || [0, this.utterance.f0Predicted.length];
    }

    async answer(changes) {
      const key = this.stateKey();
      if (this.before?.key !== key) {
        const found = await this.ask([]);
        if (!found?.sums) return;
        this.before = { key, found };
      }
      if (!changes.length) {
        this.view?.overlay?.(null);
        this.shownFor = key;
        this.result.replaceChildren();
        return;
      }
      const after = await this.ask(changes);
      if (!after?.sums || this.wanted || this.stateKey() !== key) return;
      this.shownFor = key;
      this.show(this.before.found, after);
    }

    show(before, after) {
      const { utterance } = this;
      const shift = utterance.frame_shift_ms / 1000;
      const word = this.lastWord.map((time) => Math.ceil(time / shift - 0.5));
      const [from, to] = this.explained();
      const spans = [["What is explained", [from, to]], ["Last word", word]].map(([name, span]) => {
        const [one, other] = [before, after].map(({ output }) => meanF0(utterance, output, span));
        return { name, before: one, after: other };
      });
      const counts = (hz, frame) =>
        frame >= from && frame < to && (utterance.unit !== "semitones" || hz > 0);
      const frames = utterance.f0Predicted.filter(counts).length;
      const change = changeParts(utterance, before, after, frames);
      this.result.replaceChildren(meansTable(spans), partsTable(utterance, change));
      this.say([this.remark, spoken(spans, change, utterance)].join(" ").trim());
    }

    destroy() {
      clearTimeout(this.speaking);
      this.watching.abort();
      this.view?.overlay?.(null);
      this.root.remove();
    }
  }

  function cells(tag, ...texts) {
    return texts.map((text) => node(tag, {}, text));
  }

  function f0({ hz, semitones }) {
    if (hz === null) return "unvoiced";
    const tones = semitones === null ? "" : ` (${IntonationData.number(semitones, "semitones")} st)`;
    return `${hz.toFixed(0)} Hz${tones}`;
  }

  function difference({ before, after }) {
    if (before.semitones === null || after.semitones === null) return "";
    return `${IntonationData.number(after.semitones - before.semitones, "semitones")} st`;
  }

  function meansTable(spans) {
    const head = node("tr", {}, ...["Mean F0", "as spoken", "changed", "difference"].map((text) =>
      node("th", { scope: "col" }, text)));
    const rows = spans.map((span) => node("tr", {}, node("th", { scope: "row" }, span.name),
      ...cells("td", f0(span.before), f0(span.after), difference(span))));
    return node("table", { class: "ins-wi-means" }, node("thead", {}, head), node("tbody", {}, ...rows));
  }

  /* The list that adds up: what each group changed, biases included, and their sum. */
  function partsTable(utterance, { parts, total }) {
    const unit = utterance.unit === "semitones" ? "semitones" : "ln Hz";
    const largest = Math.max(...parts.map(({ value }) => Math.abs(value)), 1e-9);
    const row = ({ name, title = "", value }) => {
      const bar = node("span", { class: `ins-wi-bar ins-wi-${value < 0 ? "down" : "up"}` });
      bar.style.setProperty("--share", Math.abs(value) / largest);
      const label = node("th", { scope: "row" }, name);
      if (title) label.title = title;
      return node("tr", {}, label, node("td", {}, IntonationData.number(value, utterance.unit)),
        node("td", { "aria-hidden": "true" }, bar));
    };
    const sum = node("tr", { class: "ins-wi-total" }, node("th", { scope: "row" }, "together"),
      node("td", {}, IntonationData.number(total, utterance.unit)), node("td", {}));
    return node("table", { class: "ins-wi-parts" },
      node("caption", {}, `What changed in the prediction, in ${unit} on average per frame`),
      node("tbody", {}, ...parts.map(row), sum));
  }

  function spoken(spans, { parts, total }, utterance) {
    const heard = spans.map((span) => `${span.name}: ${f0(span.before)}, changed to ${f0(span.after)}.`);
    const unit = utterance.unit === "semitones" ? "semitones" : "ln Hz";
    const most = `Most of ${IntonationData.number(total, utterance.unit)} ${unit} by: ${parts[0].name}.`;
    return [...heard, most].join(" ");
  }

  /* utterance: decoded data; raw: the data as they come, with tiers and structure; table: the
     question table; ask(changes): Promise of {output, sums, explained, absorbed, level}, or of
     nothing where a later question took its place; view: {windowFrames(), overlay(f0Hz), slug}.
     Returns the panel: update() when window or level have changed, restore(), destroy(). */
  function mount(el, options) {
    return new Panel(el, options);
  }

  return { changeParts, mount };
})();
