// The network's hot loops, compiled or in JavaScript, and the memory that they work on.
//
// A worker is given the text of this function: it names nothing outside of itself. Both give the
// same bits. Addresses and steps count floats; kernel.ts says what each loop does.
function IntonationLoops() {
  "use strict";
  const BLOCK = 8; // outputs whose weights lie together

  /** One memory of floats that can grow: WebAssembly's, or an array. Addresses count floats. */
  class Memory {
    constructor(wasm) {
      this.wasm = wasm;
      this.heap = new Float32Array(wasm ? wasm.buffer : 0);
    }

    reserve(floats) {
      if (this.heap.length >= floats) return;
      if (this.wasm) {
        this.wasm.grow(Math.ceil((floats - this.heap.length) / 16384));
        this.heap = new Float32Array(this.wasm.buffer);
      } else {
        const grown = new Float32Array(floats);
        grown.set(this.heap);
        this.heap = grown;
      }
    }
  }

  /** The loops of kernel.ts, compiled; null where this browser or page refuses them. */
  async function compiled(bytes) {
    try {
      if (!bytes || !WebAssembly.validate(bytes)) return null; // no SIMD
      const { exports } = (await WebAssembly.instantiate(bytes)).instance;
      return {
        memory: new Memory(exports.memory),
        affine: (out, below, weight, bias, rows, width, taps, step, relu) =>
          exports.affine(
            4 * out, 4 * below, 4 * weight, 4 * bias, rows, width, taps, 4 * step, relu,
          ),
        join: (out, a, b, count, relu) => exports.join(4 * out, 4 * a, 4 * b, 4 * count, relu),
        gate: (out, above, neuron, count) =>
          exports.gate(4 * out, 4 * above, 4 * neuron, 4 * count),
      };
    } catch {
      return null; // no WebAssembly, or a page whose rules forbid it
    }
  }

  /** The same loops in JavaScript, rounded in the same places: the same bits, more slowly. */
  function plain() {
    const memory = new Memory(null);
    return {
      memory,
      affine(out, below, weight, bias, rows, width, taps, step, relu) {
        const shape = { width, taps, step, relu };
        for (let t = 0; t < rows; t += 2) {
          const other = Math.min(t + 1, rows - 1) * width;
          for (let at = 0; at < width; at += 4) {
            const half = weight + (at - (at % BLOCK)) * taps * width + (at % BLOCK);
            const rowsOut = [out + t * width + at, out + other + at];
            twoRows(memory.heap, rowsOut, below + t * width, below + other, half, bias + at, shape);
          }
        }
      },
      join(out, a, b, count, relu) {
        const heap = memory.heap;
        for (let i = 0; i < count; i++) {
          const sum = heap[a + i] + heap[b + i];
          heap[out + i] = relu && !(sum > 0) ? 0 : sum;
        }
      },
      gate(out, above, neuron, count) {
        const heap = memory.heap;
        for (let i = 0; i < count; i++) heap[out + i] = heap[neuron + i] > 0 ? heap[above + i] : 0;
      },
    };
  }

  /** Four outputs of two rows: eight sums that stay in registers. */
  function twoRows(heap, rowsOut, below, other, weight, bias, { width, taps, step, relu }) {
    const round = Math.fround;
    let a = heap[bias], b = heap[bias + 1], c = heap[bias + 2], d = heap[bias + 3];
    let e = a, f = b, g = c, h = d;
    for (let k = 0; k < taps; k++) {
      const first = below + k * step, second = other + k * step;
      for (let i = 0; i < width; i++, weight += BLOCK) {
        const x = heap[first + i], y = heap[second + i];
        const p = heap[weight], q = heap[weight + 1], r = heap[weight + 2], s = heap[weight + 3];
        a = round(a + round(x * p)); b = round(b + round(x * q));
        c = round(c + round(x * r)); d = round(d + round(x * s));
        e = round(e + round(y * p)); f = round(f + round(y * q));
        g = round(g + round(y * r)); h = round(h + round(y * s));
      }
    }
    const values = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) {
      heap[rowsOut[i >> 2] + (i & 3)] = relu && !(values[i] > 0) ? 0 : values[i];
    }
  }

  return { compiled, plain };
}
