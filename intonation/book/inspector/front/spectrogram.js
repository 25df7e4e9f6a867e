/* A spectrogram as Praat draws it: Gaussian window of 5 ms, pre-emphasis of 6 dB an octave,
   up to 5 kHz, 50 dB from the strongest point that is seen to white. */
const IntonationSpectrogram = (() => {
  "use strict";

  const WINDOW_S = 0.005;
  const TOP_HZ = 5000;
  const RANGE_DB = 50;
  const BANDS = 128;

  /* An FFT of a size that is a power of two, in place (Cooley and Tukey, 1965). */
  function transform(size) {
    const cosines = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    const sines = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    const bits = Math.log2(size);
    const turned = Uint32Array.from({ length: size }, (_, at) => {
      let mirrored = 0;
      for (let bit = 0; bit < bits; bit += 1) mirrored |= ((at >> bit) & 1) << (bits - 1 - bit);
      return mirrored;
    });
    return (real, imaginary) => {
      for (let at = 0; at < size; at += 1) {
        const other = turned[at];
        if (other > at) {
          [real[at], real[other]] = [real[other], real[at]];
          [imaginary[at], imaginary[other]] = [imaginary[other], imaginary[at]];
        }
      }
      for (let half = 1; half < size; half *= 2) {
        const step = size / (2 * half);
        for (let from = 0; from < size; from += 2 * half) {
          for (let k = 0; k < half; k += 1) {
            const [a, b] = [from + k, from + k + half];
            const [c, s] = [cosines[k * step], sines[k * step]];
            const re = real[b] * c - imaginary[b] * s;
            const im = real[b] * s + imaginary[b] * c;
            real[b] = real[a] - re;
            imaginary[b] = imaginary[a] - im;
            real[a] += re;
            imaginary[a] += im;
          }
        }
      }
    };
  }

  /* What analyses one column: power in dB [BANDS] around a time, lowest band first.
     Praat's Gaussian is cut at twice its effective width. */
  function analyser({ samples, rate }) {
    const length = Math.max(8, Math.round(2 * WINDOW_S * rate));
    let size = 2 ** Math.ceil(Math.log2(length));
    while (size / rate < 1 / 60) size *= 2;
    const edge = Math.exp(-12);
    const weights = Float64Array.from({ length }, (_, at) => {
      const phase = (at + 0.5) / length - 0.5;
      return (Math.exp(-48 * phase * phase) - edge) / (1 - edge);
    });
    const [real, imaginary] = [new Float64Array(size), new Float64Array(size)];
    const fft = transform(size);
    const top = Math.min(TOP_HZ, rate / 2);
    const emphasis = Float64Array.from({ length: BANDS }, (_, band) =>
      20 * Math.log10((((band + 0.5) / BANDS) * top) / 1000));
    return (time, column) => {
      real.fill(0);
      imaginary.fill(0);
      const from = Math.round(time * rate - length / 2);
      for (let at = 0; at < length; at += 1) real[at] = (samples[from + at] || 0) * weights[at];
      fft(real, imaginary);
      for (let band = 0; band < BANDS; band += 1) {
        const place = (((band + 0.5) / BANDS) * top * size) / rate;
        const [low, share] = [Math.floor(place), place % 1];
        const power = (bin) => real[bin] * real[bin] + imaginary[bin] * imaginary[bin];
        const here = power(low) * (1 - share) + power(low + 1) * share;
        column[band] = 10 * Math.log10(here + 1e-12) + emphasis[band];
      }
    };
  }

  /* A picture [columns x BANDS] of a stretch of time, in one ink, made in slices of a few ms so
     that nothing waits for it. Resolves to null if `wanted()` becomes false. */
  async function picture(sound, start, end, columns, ink, wanted) {
    const analyse = analyser(sound);
    const decibels = Array.from({ length: columns }, () => new Float32Array(BANDS));
    let due = performance.now() + 6;
    for (let at = 0; at < columns; at += 1) {
      analyse(start + ((at + 0.5) / columns) * (end - start), decibels[at]);
      if (performance.now() < due) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (!wanted()) return null;
      due = performance.now() + 6;
    }
    return paint(decibels, ink);
  }

  function paint(decibels, [red, green, blue]) {
    let most = -60; // silence stays white
    for (const column of decibels) for (const value of column) most = Math.max(most, value);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [decibels.length, BANDS];
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(canvas.width, BANDS);
    decibels.forEach((column, x) => {
      for (let band = 0; band < BANDS; band += 1) {
        const strength = Math.max(0, 1 + (column[band] - most) / RANGE_DB);
        image.data.set([red, green, blue, Math.round(255 * strength)],
          4 * ((BANDS - 1 - band) * canvas.width + x));
      }
    });
    pen.putImageData(image, 0, 0);
    return canvas;
  }

  return { TOP_HZ, analyser, picture };
})();
