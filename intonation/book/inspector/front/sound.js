/* Sounds of one utterance: decoded when they are asked for, played from a place to a place. An MP3
   becomes samples without an audio device; the device is only opened to play, which a reader asks
   for with a key or a click. Of all players of a page one plays. */
const IntonationSound = (() => {
  "use strict";

  const FADE_S = 0.004; // at the ends of a stretch, and from one version to the other: no clicks
  const SAME_PLACE_S = 0.15;
  let device = null;
  let sounding = null;

  function bytes(base64) {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
  }

  function needed(name) {
    const found = globalThis[name];
    if (!found) throw new Error("this browser cannot play sound");
    return found;
  }

  function openDevice() {
    const AudioContext = needed("AudioContext");
    device ||= new AudioContext();
    return device;
  }

  class Player {
    /* rate: samples a second. versions: name -> MP3 in base64. */
    constructor({ rate, versions }) {
      this.rate = rate;
      this.versions = versions;
      this.decoded = new Map();
      this.now = null;
    }

    /* The samples of a version; rejects, in words, what cannot be decoded. */
    async ready(version) {
      const { buffer } = await this.buffer(version);
      return { samples: buffer.getChannelData(0), rate: buffer.sampleRate };
    }

    buffer(version) {
      if (!this.decoded.has(version)) this.decoded.set(version, this.decode(version));
      return this.decoded.get(version);
    }

    async decode(version) {
      if (!Object.hasOwn(this.versions, version)) throw new Error(`there is no sound "${version}"`);
      const OfflineContext = needed("OfflineAudioContext");
      const context = new OfflineContext(1, 1, this.rate);
      try {
        return { buffer: await context.decodeAudioData(bytes(this.versions[version])) };
      } catch {
        throw new Error("this browser cannot decode MP3");
      }
    }

    /* The version that plays, or null. */
    get playing() {
      return this.now ? this.now.version : null;
    }

    /* Where it plays, in seconds of the utterance; null where it does not. */
    get position() {
      if (!this.now) return null;
      const { begun, start, end } = this.now;
      const late = device.outputLatency || 0; // estimated anew while it plays: it may grow
      const here = Math.min(end, start + device.currentTime - begun - late);
      return (this.now.reached = Math.max(this.now.reached, here));
    }

    /* Play a version from start to end, in seconds. onTime(seconds) is called with every picture
       of the screen, onEnd() once, at the end or when something else stops it. While another
       version of the same stretch plays, this one goes on at the same place. */
    async play(version, start, end, { onTime, onEnd } = {}) {
      const turn = (this.turn = (this.turn || 0) + 1);
      const context = openDevice();
      const { buffer } = await this.buffer(version);
      if (context.state === "suspended") await context.resume();
      if (turn !== this.turn) return; // something later was asked for
      const here = this.position;
      const goesOn = here !== null && version !== this.playing && end === this.now.end
        && (start === this.now.asked || Math.abs(start - here) < SAME_PLACE_S);
      this.silence(!goesOn);
      if (sounding && sounding !== this) sounding.stop();
      this.begin({ version, asked: start, onTime, onEnd }, buffer, goesOn ? here : start, end);
    }

    begin(asked, buffer, start, end) {
      const from = Math.max(0, Math.min(start, buffer.duration));
      const length = Math.max(0.01, Math.min(end, buffer.duration) - from);
      const source = new AudioBufferSourceNode(device, { buffer });
      const gain = new GainNode(device, { gain: 0 });
      source.connect(gain).connect(device.destination);
      const begun = device.currentTime + 0.01;
      gain.gain.setValueAtTime(0, begun);
      gain.gain.linearRampToValueAtTime(1, begun + FADE_S);
      gain.gain.setValueAtTime(1, begun + Math.max(FADE_S, length - FADE_S));
      gain.gain.linearRampToValueAtTime(0, begun + length);
      source.start(begun, from, length);
      const now = { ...asked, source, gain, begun, start: from, reached: from, end };
      source.onended = () => { if (this.now === now) this.stop(); };
      this.now = now;
      sounding = this;
      this.tick(now);
    }

    tick(now) {
      if (this.now !== now) return;
      now.onTime?.(this.position);
      requestAnimationFrame(() => this.tick(now));
    }

    stop() {
      this.turn = (this.turn || 0) + 1;
      this.silence(true);
      if (sounding === this) sounding = null;
    }

    /* End what plays; tells so unless another version goes on. */
    silence(told) {
      const { now } = this;
      if (!now) return;
      this.now = null;
      now.gain.gain.cancelScheduledValues(device.currentTime);
      now.gain.gain.setTargetAtTime(0, device.currentTime, FADE_S / 3);
      now.source.onended = null;
      now.source.stop(device.currentTime + 2 * FADE_S);
      if (told) now.onEnd?.();
    }
  }

  return { Player };
})();
