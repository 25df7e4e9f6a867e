// The hot loops of the network in the page, on four floats at a time.
//
// A plane is [frames, channels] of 32-bit floats, channels a multiple of 8. Addresses and steps are
// in bytes. Each sum is taken in one order, whichever rows are computed together, so that a row
// computed alone equals bit by bit the same row computed among others; multiplication and addition
// round on their own, as in the plain JavaScript of network.js.

const BLOCK: usize = 8 * 4; // bytes of the outputs that are computed together
const CHUNK: i32 = 32; // rows whose inputs stay in the nearest cache while all outputs are computed

/**
 * out[t] = bias + sum over taps k of below[t + k x step] @ weight_k, where asked behind a ReLU.
 *
 * weight: [channels / 8, taps, channels, 8]. step: from one tap to the next.
 */
export function affine(
  out: usize, below: usize, weight: usize, bias: usize,
  rows: i32, channels: i32, taps: i32, step: usize, relu: bool,
): void {
  const row = <usize>channels << 2;
  const block = <usize>taps * row * 8;
  for (let from = 0; from < rows; from += CHUNK) {
    const to = min(from + CHUNK, rows);
    for (let at: usize = 0, w = weight; at < row; at += BLOCK, w += block) {
      let t = from;
      for (; t + 4 <= to; t += 4) {
        const first = <usize>t * row;
        fourRows(out + first + at, below + first, w, bias + at, row, taps, step, relu);
      }
      for (; t < to; t++) {
        const first = <usize>t * row;
        oneRow(out + first + at, below + first, w, bias + at, row, taps, step, relu);
      }
    }
  }
}

function fourRows(
  out: usize, below: usize, weight: usize, bias: usize,
  row: usize, taps: i32, step: usize, relu: bool,
): void {
  const left = v128.load(bias), right = v128.load(bias, 16);
  let a = left, b = right, c = left, d = right, e = left, f = right, g = left, h = right;
  for (let k = 0; k < taps; k++, below += step) {
    const end = below + row;
    for (let x = below; x < end; x += 4, weight += BLOCK) {
      const low = v128.load(weight), high = v128.load(weight, 16);
      const first = v128.load32_splat(x);
      a = f32x4.add(a, f32x4.mul(first, low));
      b = f32x4.add(b, f32x4.mul(first, high));
      const second = v128.load32_splat(x + row);
      c = f32x4.add(c, f32x4.mul(second, low));
      d = f32x4.add(d, f32x4.mul(second, high));
      const third = v128.load32_splat(x + 2 * row);
      e = f32x4.add(e, f32x4.mul(third, low));
      f = f32x4.add(f, f32x4.mul(third, high));
      const fourth = v128.load32_splat(x + 3 * row);
      g = f32x4.add(g, f32x4.mul(fourth, low));
      h = f32x4.add(h, f32x4.mul(fourth, high));
    }
  }
  store(out, a, b, relu);
  store(out + row, c, d, relu);
  store(out + 2 * row, e, f, relu);
  store(out + 3 * row, g, h, relu);
}

function oneRow(
  out: usize, below: usize, weight: usize, bias: usize,
  row: usize, taps: i32, step: usize, relu: bool,
): void {
  let a = v128.load(bias), b = v128.load(bias, 16);
  for (let k = 0; k < taps; k++, below += step) {
    const end = below + row;
    for (let x = below; x < end; x += 4, weight += BLOCK) {
      const value = v128.load32_splat(x);
      a = f32x4.add(a, f32x4.mul(value, v128.load(weight)));
      b = f32x4.add(b, f32x4.mul(value, v128.load(weight, 16)));
    }
  }
  store(out, a, b, relu);
}

// @ts-ignore: a decorator of the compiler
@inline
function store(out: usize, low: v128, high: v128, relu: bool): void {
  const zero = f32x4.splat(0);
  v128.store(out, relu ? f32x4.max(low, zero) : low);
  v128.store(out, relu ? f32x4.max(high, zero) : high, 16);
}

/** out = a + b, where asked behind a ReLU; bytes: of each, a multiple of 16. */
export function join(out: usize, a: usize, b: usize, bytes: usize, relu: bool): void {
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const sum = f32x4.add(v128.load(a + at), v128.load(b + at));
    v128.store(out + at, relu ? f32x4.max(sum, zero) : sum);
  }
}

/** out = above where the neuron spoke, else 0: what a ReLU hands down. */
export function gate(out: usize, above: usize, neuron: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const spoke = f32x4.gt(v128.load(neuron + at), zero);
    v128.store(out + at, v128.and(v128.load(above + at), spoke));
  }
}
