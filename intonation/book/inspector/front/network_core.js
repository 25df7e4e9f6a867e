// What computes the network and its relevance, in a worker or on the page's own thread.
//
// A worker is given the text of this function as its program: it names nothing outside of itself.
// loops: what network_loops.js gives. Everything is a plane [frames, channels] of 32-bit floats in one memory, with rows of zeros
// before and behind, so that a convolution needs no case for the ends. Each row of a result is
// summed in one order, whichever rows are computed with it: what is computed again for a part of an
// utterance equals bit by bit what a computation of all of it gives.
function IntonationNetworkCore(loops) {
  "use strict";
  const ROWS = 64; // of a convolution between two moments at which the thread may do other things
  const PHONES = 16; // likewise
  const BLOCK = 8; // outputs whose weights lie together, as the loops want them

  /** [from, to) of each stretch of frames that are set. */
  function stretches(flags) {
    const found = [];
    for (let t = 0; t < flags.length; t++) {
      if (!flags[t]) continue;
      const from = t;
      while (t < flags.length && flags[t]) t++;
      found.push([from, t]);
    }
    return found;
  }

  /** The frames that look at a set one through a convolution, and the set ones themselves. */
  function reached(flags, { taps, dilation, before }) {
    const found = flags.slice();
    for (let k = 0; k < taps; k++) {
      const shift = k * dilation - before;
      const last = Math.min(flags.length, flags.length - shift);
      for (let t = Math.max(0, -shift); t < last; t++) found[t] |= flags[t + shift];
    }
    return found;
  }

  class Network {
    constructor({ config, layers }, kernel) {
      Object.assign(this, { config, layers, kernel, memory: kernel.memory, id: null });
      this.width = BLOCK * Math.ceil(config.channels / BLOCK);
      this.free = this.width; // the first row stays zero: the bias of what goes down
      const steps = config.convolutions.map(([dilation, before], i) =>
        this.prepare(layers[`convolution${i}`], config.taps, dilation, before));
      this.blocks = steps.flatMap((step, i) => (i % 2 ? [] : [{ conv: [step, steps[i + 1]] }]));
      this.dense = this.prepare(layers.dense, 1, 1, 0);
      this.pad = Math.max(...config.convolutions.map(([dilation]) => dilation * (config.taps - 1)));
    }

    /** A layer up, and its transpose down, which is a layer of the same form. */
    prepare({ weights, bias }, taps, dilation, before) {
      const { channels } = this.config, { width } = this;
      const size = taps * width * width;
      const up = { taps, dilation, before, weight: this.take(size), bias: this.take(width) };
      const down = { ...up, before: (taps - 1) * dilation - before, weight: this.take(size), bias: 0 };
      const { heap } = this.memory;
      for (let k = 0, i = 0; k < taps; k++) {
        for (let below = 0; below < channels; below++) {
          for (let out = 0; out < channels; out++, i++) {
            heap[up.weight + this.place(taps, k, below, out)] = weights[i];
            heap[down.weight + this.place(taps, taps - 1 - k, out, below)] = weights[i];
          }
        }
      }
      this.memory.heap.set(bias, up.bias);
      return { up, down };
    }

    /** Where the weight from one channel to another lies among those of a layer. */
    place(taps, k, below, out) {
      const within = out % BLOCK;
      return (out - within) * taps * this.width + (k * this.width + below) * BLOCK + within;
    }

    take(floats) {
      this.free += floats;
      this.memory.reserve(this.free);
      return this.free - floats;
    }

    /** Make room for an utterance; what is kept of another is forgotten. */
    layOut(frames) {
      const before = this.pad * this.width;
      const size = 2 * before + frames * this.width;
      const count = 7 + 3 * this.blocks.length;
      this.memory.reserve(this.free + count * size);
      this.memory.heap.fill(0, this.free, this.free + count * size);
      let at = this.free + before - size;
      const plane = () => (at += size);
      this.planes = { first: plane(), skips: plane(), dense: plane() };
      for (const block of this.blocks) {
        Object.assign(block, { hidden: plane(), skip: plane(), stream: plane() });
      }
      this.down = { stream: plane(), skips: plane(), above: plane(), below: plane() };
      this.frames = frames;
      this.output = new Float32Array(frames);
    }

    /**
     * Answer a question, in steps. Forwards, only frames that differ from what is kept of the same
     * utterance, and those that see them; backwards, only frames that the asked ones look at.
     */
    *answer(question) {
      check(question, this.config);
      const frames = question.frameToPhone.length;
      const known = this.id === question.id && this.frames === frames;
      this.id = null; // what is kept fits nothing until all is done
      if (!known) this.layOut(frames);
      const rows = { forward: 0, backward: 0 };
      const changed = yield* this.tell(question, !known);
      rows.forward = yield* this.forward(changed);
      rows.backward = yield* this.backward(question.frames);
      this.id = question.id;
      return { ...(yield* this.share(question)), output: this.output.slice(), rows };
    }

    /** The first layer, once per phone, spread to frames. Returns which frames are new. */
    *tell({ answers, frameToPhone, voiced }, all) {
      const { channels, vuv, inputs } = this.config, { weights, bias } = this.layers.first;
      const phones = new Float64Array(answers.length * channels);
      for (let p = 0; p < answers.length; p++) {
        const sum = phones.subarray(p * channels, (p + 1) * channels);
        sum.set(bias);
        for (const input of answers[p]) {
          for (let c = 0, w = input * channels; c < channels; c++) sum[c] += weights[w + c];
        }
        if (p % PHONES === 0) yield;
      }
      const { heap } = this.memory, changed = new Uint8Array(this.frames).fill(all ? 1 : 0);
      for (let t = 0; t < this.frames; t++) {
        const row = this.planes.first + t * this.width, phone = frameToPhone[t] * channels;
        const w = vuv && voiced[t] ? (inputs - 1) * channels : -1;
        for (let c = 0; c < channels; c++) {
          const value = Math.fround(phones[phone + c] + (w < 0 ? 0 : weights[w + c]));
          if (heap[row + c] !== value) changed[t] = 1;
          heap[row + c] = value;
        }
      }
      return changed;
    }

    /** All layers behind the first. Returns how many rows of convolutions were computed. */
    *forward(changed) {
      let below = this.planes.first, rows = 0;
      for (const block of this.blocks) {
        const [one, two] = block.conv;
        changed = reached(changed, one.up);
        rows += yield* this.apply(one.up, below, block.hidden, changed, 1);
        changed = reached(changed, two.up);
        rows += yield* this.apply(two.up, block.hidden, block.skip, changed, 1);
        this.join(block.stream, below, block.skip, changed, 1);
        below = block.stream;
      }
      this.addSkips(changed);
      rows += yield* this.apply(this.dense.up, this.planes.skips, this.planes.dense, changed, 1);
      this.speak(changed);
      return rows;
    }

    addSkips(changed) {
      const { skips } = this.planes, { heap } = this.memory, { width } = this;
      for (const [from, to] of stretches(changed)) {
        heap.fill(0, skips + from * width, skips + to * width);
      }
      for (const block of this.blocks) this.join(skips, skips, block.skip, changed, 0);
    }

    speak(changed) {
      const { weights, bias } = this.layers.output, { heap } = this.memory;
      for (let t = 0; t < this.frames; t++) {
        if (!changed[t]) continue;
        const row = this.planes.dense + t * this.width;
        let sum = bias[0];
        for (let c = 0; c < weights.length; c++) sum += heap[row + c] * weights[c];
        this.output[t] = this.config.vuv ? Math.max(sum, 0) : sum;
      }
    }

    /** The gradient of the sum of the asked outputs, down to the first layer's. */
    *backward(asked) {
      const { stream, skips, above, below } = this.down;
      const { heap } = this.memory, size = this.frames * this.width;
      for (const plane of [stream, skips, above, below]) heap.fill(0, plane, plane + size);
      let flags = Uint8Array.from(asked, (value) => (value ? 1 : 0));
      this.seed(flags);
      let rows = yield* this.apply(this.dense.down, above, skips, flags, 0);
      for (const block of [...this.blocks].reverse()) {
        const [one, two] = block.conv;
        this.gate(stream, stream, block.stream, flags);
        this.join(above, stream, skips, flags, 0);
        this.gate(above, above, block.skip, flags);
        flags = reached(flags, two.down);
        rows += yield* this.apply(two.down, above, below, flags, 0);
        this.gate(below, below, block.hidden, flags);
        flags = reached(flags, one.down);
        rows += yield* this.apply(one.down, below, above, flags, 0);
        this.join(stream, stream, above, flags, 0);
      }
      return rows;
    }

    seed(asked) {
      const { weights } = this.layers.output, { heap } = this.memory;
      for (let t = 0; t < this.frames; t++) {
        if (!asked[t] || (this.config.vuv && !(this.output[t] > 0))) continue;
        const row = t * this.width;
        for (let c = 0; c < weights.length; c++) {
          if (heap[this.planes.dense + row + c] > 0) heap[this.down.above + row + c] = weights[c];
        }
      }
    }

    /** Gradient x input, added up over phones and by group; the biases absorbed what is missing. */
    *share({ answers, frameToPhone, voiced, frames, groupOf, groups }) {
      const { channels, inputs, vuv } = this.config, { weights } = this.layers.first;
      const { gradient, ofVoicing, touched } = this.perPhone(answers.length, frameToPhone, voiced);
      const sums = new Float64Array(groups);
      let explained = 0, given = 0;
      const give = (input, gradients, start) => {
        let relevance = 0;
        for (let c = 0, w = input * channels; c < channels; c++) {
          relevance += weights[w + c] * gradients[start + c];
        }
        given += relevance;
        if (groupOf[input] >= 0) sums[groupOf[input]] += relevance;
      };
      for (let p = 0; p < answers.length; p++) {
        if (!touched[p]) continue; // far from what was asked
        for (const input of answers[p]) give(input, gradient, p * channels);
        if (p % PHONES === 0) yield;
      }
      if (vuv) give(inputs - 1, ofVoicing, 0);
      for (let t = 0; t < frames.length; t++) if (frames[t]) explained += this.output[t];
      return { sums, explained, absorbed: explained - given };
    }

    /** The gradient summed over each phone's frames, and over voiced ones; where there is any. */
    perPhone(phones, frameToPhone, voiced) {
      const { channels } = this.config, { heap } = this.memory;
      const gradient = new Float64Array(phones * channels), ofVoicing = new Float64Array(channels);
      const touched = new Uint8Array(phones);
      for (let t = 0; t < this.frames; t++) {
        const row = this.down.stream + t * this.width, phone = frameToPhone[t] * channels;
        for (let c = 0; c < channels; c++) {
          const value = heap[row + c];
          if (value === 0) continue;
          touched[frameToPhone[t]] = 1;
          gradient[phone + c] += value;
          if (voiced[t]) ofVoicing[c] += value;
        }
      }
      return { gradient, ofVoicing, touched };
    }

    *apply({ taps, dilation, before, weight, bias }, from, to, flags, relu) {
      let rows = 0;
      const { width } = this;
      for (const [start, end] of stretches(flags)) {
        for (let t = start; t < end; t += ROWS) {
          const count = Math.min(ROWS, end - t), below = from + (t - before) * width;
          this.kernel.affine(
            to + t * width, below, weight, bias, count, width, taps, dilation * width, relu,
          );
          yield;
        }
        rows += end - start;
      }
      return rows;
    }

    join(out, a, b, flags, relu) {
      for (const [from, to] of stretches(flags)) {
        const at = from * this.width;
        this.kernel.join(out + at, a + at, b + at, (to - from) * this.width, relu);
      }
    }

    gate(out, above, neuron, flags) {
      for (const [from, to] of stretches(flags)) {
        const at = from * this.width;
        this.kernel.gate(out + at, above + at, neuron + at, (to - from) * this.width);
      }
    }
  }

  /** Throw an Error where a question does not fit itself or the network. */
  function check({ answers, frameToPhone, voiced, frames, groupOf, groups }, { inputs, vuv }) {
    const count = frameToPhone.length;
    if (!count || voiced.length !== count || frames.length !== count) {
      throw new Error(`A question tells the phone of ${count} frames, whether ${voiced.length} `
        + `are voiced and ${frames.length} asked for; these must be as many, and at least one.`);
    }
    const outside = (values, low, high) => values.find((value) => !(value >= low && value < high));
    const phone = outside(frameToPhone, 0, answers.length);
    if (phone !== undefined) {
      throw new Error(`A frame belongs to phone ${phone}, but there are ${answers.length}.`);
    }
    const questions = inputs - (vuv ? 1 : 0);
    answers.forEach((indices, p) => {
      const wrong = outside(indices, 0, questions);
      if (wrong !== undefined) {
        throw new Error(`Phone ${p} answers question ${wrong}, but there are ${questions}.`);
      }
    });
    if (groupOf.length !== inputs || outside(groupOf, -1, groups) !== undefined) {
      throw new Error(`groupOf must give each of ${inputs} inputs a group below ${groups} or -1.`);
    }
  }

  /** The network made ready; bytes: the compiled kernel, or null to compute in JavaScript. */
  async function prepare(weights, bytes) {
    const fast = await loops.compiled(bytes);
    const network = new Network(weights, fast ?? loops.plain());
    return { wasm: fast !== null, answer: (question) => network.answer(question) };
  }

  /** Be a worker: the first message brings the weights, each later one a question. */
  function serve(scope) {
    let network = null;
    scope.onmessage = async ({ data }) => {
      try {
        if (network) scope.postMessage(finish(network.answer(data)));
        else {
          network = await prepare(data.weights, data.bytes);
          scope.postMessage({ wasm: network.wasm });
        }
      } catch (error) {
        scope.postMessage({ error: error.message });
      }
    };
  }

  function finish(steps) {
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  }

  return { prepare, serve };
}
