// The network in the page: weights in, and for each question the contour and its reasons.
//
//   const engine = IntonationNetwork.open(networkData);   // an Error where weights do not fit
//   const answer = await engine.ask({id, answers, frameToPhone, voiced, frames, groupOf, groups});
//   answer  {output: Float32Array [frames], sums: Float64Array [groups], explained, absorbed,
//           rows: {forward, backward}} or null: a later question, or close(), took its place
//
// answers: of each phone, which inputs are 1. frames: 1 where explained. groupOf: of each input, -1
// for none. Of the utterance `id` asked last, what was computed is kept, and only frames are
// computed again that a change can reach; rows tells how many of all convolutions. One question is
// computed at a time, in a worker where the page may start one, else in slices between which the
// page stays alive; of those that wait only the last is kept.
const IntonationNetwork = (() => {
  "use strict";
  const FORMAT = 1; // as written by weights.py
  const SLICE_MS = 8;
  const MOST = 65536; // channels, inputs, frames that a convolution spans: beyond, it is no network

  function refuse(found) {
    throw new Error(`The weights do not fit this page's code: ${found}. Build the book again, so `
      + "that weights and code are of one version.");
  }

  /** {config, layers: {name: {weights [rows, channels], bias}}} of what weights.py wrote. */
  function decode(data) {
    if (data?.format !== FORMAT) refuse(`format ${data?.format}, expected ${FORMAT}`);
    const config = checkedConfig(data.config), layers = {};
    const { inputs, channels, taps, convolutions } = config;
    layers.first = layer(data, "first", inputs, channels);
    convolutions.forEach((_, i) => {
      layers[`convolution${i}`] = layer(data, `convolution${i}`, taps * channels, channels);
    });
    layers.dense = layer(data, "dense", channels, channels);
    layers.output = layer(data, "output", channels, 1);
    return { config, layers };
  }

  function checkedConfig(config) {
    const counts = (value, least = 1) => Number.isInteger(value) && value >= least && value < MOST;
    const { inputs, channels, taps, convolutions, vuv } = config ?? {};
    if (![inputs, channels, taps].every((value) => counts(value)) || typeof vuv !== "boolean") {
      refuse(`config has inputs ${inputs}, channels ${channels}, taps ${taps}, vuv ${vuv}`);
    }
    const known = Array.isArray(convolutions) && convolutions.length > 0
      && convolutions.length % 2 === 0 && convolutions.every((entry) => Array.isArray(entry)
        && counts(entry[0]) && counts(entry[1], 0) && entry[0] * (taps - 1) < MOST
        && entry[1] <= entry[0] * (taps - 1));
    if (!known) refuse("config has no pairs of convolutions with their dilations");
    return { inputs, channels, taps, convolutions, vuv };
  }

  function layer(data, name, rows, channels) {
    const [shape, integers, scales, bias] = data.tensors?.[name] ?? refuse(`there is no ${name}`);
    if (shape?.[0] !== rows || shape[1] !== channels) {
      refuse(`${name} is [${shape}], expected [${rows},${channels}]`);
    }
    const steps = numbers(Int16Array, integers, rows * channels, name);
    const scale = numbers(Float32Array, scales, channels, name);
    const weights = new Float32Array(rows * channels);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let c = 0; c < channels; c++, i++) weights[i] = steps[i] * scale[c];
    }
    const found = { weights, bias: numbers(Float32Array, bias, channels, name) };
    if (!finite(weights) || !finite(found.bias)) refuse(`${name} has numbers that are not finite`);
    return found;
  }

  function finite(values) {
    let nothing = 0; // a number that is not finite, times 0, is no number
    for (let i = 0; i < values.length; i++) nothing += values[i] * 0;
    return nothing === 0;
  }

  function numbers(Type, text, count, name) {
    let bytes = null;
    try {
      bytes = bytesOf(text);
    } catch {
      refuse(`${name} is no base64`);
    }
    if (bytes.length !== count * Type.BYTES_PER_ELEMENT) {
      refuse(`${name} has ${bytes.length} bytes, expected ${count * Type.BYTES_PER_ELEMENT}`);
    }
    return new Type(bytes.buffer);
  }

  function bytesOf(text) {
    const letters = atob(text), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  /** In a worker made of the core's text, since a page on a disk may not load a worker's file. */
  function openWorker(weights, bytes) {
    const program = `(${IntonationNetworkCore})((${IntonationLoops})()).serve(self);`;
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const worker = new Worker(url);
    let waiting = null;
    worker.onmessage = ({ data }) =>
      data.error ? waiting.reject(new Error(data.error)) : waiting.resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      waiting.reject(new Error(`The worker failed: ${event.message ?? "it may not start"}`));
    };
    const send = (message) => new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      worker.postMessage(message);
    });
    const close = () => worker.terminate();
    return send({ weights, bytes })
      .then(({ wasm }) => ({ worker: true, wasm, answer: send, close }))
      .catch((error) => { close(); throw error; })
      .finally(() => URL.revokeObjectURL(url));
  }

  async function openHere(weights, bytes) {
    const { wasm, answer } = await IntonationNetworkCore(IntonationLoops()).prepare(weights, bytes);
    return { worker: false, wasm, answer: (question) => inSlices(answer(question)), close() {} };
  }

  function inSlices(steps) {
    return new Promise((resolve, reject) => {
      const { port1, port2 } = new MessageChannel(); // timers wait 4 ms from one to the next
      port1.onmessage = () => {
        try {
          const until = performance.now() + SLICE_MS;
          let step = steps.next();
          while (!step.done && performance.now() < until) step = steps.next();
          if (!step.done) return port2.postMessage(null);
          resolve(step.value);
        } catch (error) {
          reject(error);
        }
        port1.close();
      };
      port2.postMessage(null);
    });
  }

  async function openPlace(weights, { worker = true, wasm = true }) {
    const bytes = wasm ? bytesOf(IntonationKernel) : null;
    if (worker) {
      try {
        return await openWorker(weights, bytes);
      } catch { /* no workers, or a page whose rules forbid them */ }
    }
    return openHere(weights, bytes);
  }

  class Engine {
    constructor(weights, options) {
      this.place = openPlace(weights, options);
      /** Where it computes: Promise of {worker, wasm}, true or false each. */
      this.ready = this.place.then(({ worker, wasm }) => ({ worker, wasm }));
      this.running = this.waiting = null;
      this.closed = false;
    }

    /** Promise of the answer, or of null where a later question took its place. */
    ask(question) {
      return new Promise((resolve, reject) => {
        if (this.closed) return resolve(null);
        this.waiting?.resolve(null);
        this.waiting = { question, resolve, reject };
        if (!this.running) this.next();
      });
    }

    async next() {
      const asked = this.running = this.waiting;
      this.waiting = null;
      if (!asked) return;
      try {
        asked.resolve(await (await this.place).answer(asked.question));
      } catch (error) {
        asked.reject(error);
      }
      this.next();
    }

    /** Stop computing; questions without an answer get null. */
    close() {
      for (const asked of [this.running, this.waiting]) asked?.resolve(null);
      this.waiting = null;
      this.closed = true;
      this.place.then((place) => place.close(), () => {}); // or it never opened
    }
  }

  /**
   * An engine for what weights.py made. worker, wasm: false to do without, for tests.
   * Throws an Error where the weights do not fit this code.
   */
  function open(data, { worker = true, wasm = true } = {}) {
    return new Engine(decode(data), { worker, wasm });
  }

  return { open };
})();
