/* Playing: which voice, from where to where, and the head that moves with it. The sound itself
   is IntonationSound's. */
const IntonationTransport = (() => {
  "use strict";

  const TITLES = { original: "natural voice", predicted: "predicted contour", flat: "flat contour" };
  const NATURAL = "original";
  const PREDICTED = "predicted";

  const idle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: 500 }) : setTimeout(work, 1));

  class Transport {
    constructor(view) {
      this.view = view;
      const { ui } = view;
      this.forget();
      this.expected = Boolean(view.source.loadSound);
      for (const name of ["play", "playWindow", "playWord", "playSelection"]) {
        ui[name].addEventListener("click", () => view.utterance && IntonationKeys.COMMANDS[name](view));
      }
      ui.version.addEventListener("change", () => this.choose(ui.version.value));
    }

    forget() {
      this.player?.stop();
      Object.assign(this, { player: null, sound: null, spectrogram: null, playing: false, head: 0 });
    }

    /* Get an utterance's sound once the numbers are drawn; the rows wait for it. */
    open(id) {
      this.forget();
      const { source } = this.view;
      if (!source.loadSound) return this.silence("No sound is stored with these data");
      if (typeof IntonationSound === "undefined") return this.silence("Nothing on this page plays sound");
      this.expected = true;
      this.announceSilence("");
      this.offer(false);
      idle(() => this.load(id).catch((error) => {
        if (this.view.utterance?.id === id) this.silence(error?.message || "The sound could not be read");
      }));
      return undefined;
    }

    async load(id) {
      const data = await this.view.source.loadSound(id);
      if (this.view.utterance?.id !== id) return;
      if (!data?.versions?.[NATURAL]) throw new Error("No sound is stored for this utterance");
      const player = new IntonationSound.Player(data);
      const { samples, rate } = await player.ready(NATURAL);
      if (this.view.utterance?.id !== id) return;
      let peak = 1e-4;
      for (const value of samples) peak = Math.max(peak, Math.abs(value));
      Object.assign(this, { player, sound: { samples, rate, peak } });
      this.offerVersions(data);
      this.offer(true);
      this.view.draw();
    }

    /* Without sound its rows and buttons are not there, and a sentence says why. */
    silence(reason) {
      this.forget();
      this.expected = false;
      this.offer(false);
      this.announceSilence(`${reason.replace(/[.\s]+$/, "")}: waveform, spectrogram and playing are left out.`);
      this.view.draw();
    }

    announceSilence(text) {
      this.view.ui.silent.textContent = text;
      this.view.ui.silent.hidden = !text;
    }

    offer(on) {
      const { ui } = this.view;
      ui.sounding.hidden = !on;
      ui.spectrogram.hidden = !on;
      ui.keys.textContent = on
        ? "Arrows choose, Tab plays, V changes the voice, Escape leaves, ? lists all keys."
        : "Arrows choose an interval, Shift extends, N zooms to it, ? lists all keys.";
    }

    offerVersions({ versions, titles = {} }) {
      const { ui } = this.view;
      const title = (name) => titles[name] || TITLES[name] || name.replace(/^group:/, "") + " alone";
      ui.version.replaceChildren(...Object.keys(versions).map((name) =>
        IntonationFrame.node("option", { value: name }, title(name))));
      if (!(this.version in versions)) this.version = NATURAL;
      ui.version.value = this.version;
    }

    /* ---- playing ---- */

    /* Stop, or play: a stretch, the selection, or from the cursor to the end of the window. */
    toggle(span = null) {
      if (this.playing) return this.stop();
      const { selection, window: [from, to], cursor, moved } = this.view;
      const fromCursor = moved && cursor > from && cursor < to - 0.02 ? cursor : from;
      return this.play(span || selection || [fromCursor, to]);
    }

    playWord() {
      const { utterance, cursor } = this.view;
      const words = utterance.tiers.find(({ key }) => key === "words");
      const word = words && (IntonationData.intervalAt(words, cursor)
        || words.items.find(({ end }) => end > cursor) || words.items.at(-1));
      if (word) this.play([word.start, word.end]);
    }

    play([from, to]) {
      if (!this.player) return;
      this.until = to;
      this.playing = true;
      this.head = from;
      this.view.ui.play.textContent = "■ Stop";
      this.view.ui.play.setAttribute("aria-pressed", "true");
      const turn = (this.turn = (this.turn || 0) + 1);
      const started = this.player.play(this.version, from, to, {
        onTime: (time) => { if (turn === this.turn) this.moveHead(time); },
        onEnd: () => { if (turn === this.turn) this.ended(); },
      });
      Promise.resolve(started).catch((error) => {
        if (turn !== this.turn) return;
        this.ended();
        this.view.say(`This cannot be played: ${error.message}`);
      });
    }

    moveHead(time) {
      this.head = time;
      IntonationPointer.drawHead(this.view, time);
    }

    ended() {
      this.playing = false;
      this.view.ui.play.textContent = "▶ Play";
      this.view.ui.play.setAttribute("aria-pressed", "false");
      IntonationPointer.drawHead(this.view, null);
    }

    stop() {
      if (!this.playing) return;
      this.turn += 1;
      this.player.stop();
      this.ended();
    }

    choose(version) {
      this.version = version;
      this.view.ui.version.value = version;
      if (this.playing) this.play([this.head, this.until]);
    }

    /* Natural or predicted, in one keystroke; while it plays it goes on at the same place. */
    otherVoice() {
      const other = this.version === NATURAL ? PREDICTED : NATURAL;
      if (!this.player || ![...this.view.ui.version.options].some(({ value }) => value === other)) return;
      this.choose(other);
      this.view.say(this.view.ui.version.selectedOptions[0].textContent);
    }

    /* ---- the spectrogram of the window, off the critical path ---- */

    analyse() {
      const { view } = this;
      const [start, end] = view.window;
      const has = this.spectrogram;
      const columns = Math.min(1600, Math.round(view.place.plot * 1.5));
      const colour = view.colours.ink;
      if (!this.sound || view.folded) return;
      if (has?.start === start && has?.end === end && has.columns === columns && has.colour === colour) return;
      const turn = (this.analysis = (this.analysis || 0) + 1);
      const wanted = () => turn === this.analysis && Boolean(this.sound);
      setTimeout(async () => {
        if (!wanted()) return;
        const picture = await IntonationSpectrogram.picture(this.sound, start, end, columns, view.colours.ink_rgb, wanted);
        if (!picture || !wanted()) return;
        this.spectrogram = { picture, start, end, columns, colour };
        view.drawTop();
      }, 60);
    }
  }

  return { Transport };
})();
