/* What the data of one utterance say: decoding, sums over a window, and sentences of numbers.
   Nothing here draws. The same text is a classic script on a page and part of a module in
   Jupyter. */
const IntonationData = (() => {
  "use strict";

  const MINUS = "\u2212";
  const SHOWN_EACH_WAY = 8;

  function bytes(base64) {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
  }

  /* F0 in Hz, 0 where unvoiced. */
  function decodeF0(base64) {
    return Float32Array.from(new Uint16Array(bytes(base64)), (tenths) => tenths / 10);
  }

  function decode(raw) {
    const phones = raw.phones.map(([start, end, text]) => ({ start, end, text }));
    const numbers = new Int16Array(bytes(raw.rows.values));
    const rows = raw.rows.scale.map((scale, row) =>
      Float64Array.from(
        numbers.subarray(row * phones.length, (row + 1) * phones.length),
        (value) => value * scale
      )
    );
    const levels = raw.levels.map((level) => ({
      ...level,
      rows: level.rows.map((row) => rows[row]),
    }));
    return {
      ...raw,
      phones,
      levels,
      words: raw.words.map(([start, end, text]) => ({ start, end, text })),
      f0True: decodeF0(raw.f0_true),
      f0Predicted: decodeF0(raw.f0_predicted),
      start: phones[0].start,
      end: phones[phones.length - 1].end,
    };
  }

  function findLevel(utterance, slug) {
    return utterance.levels.find((level) => level.slug === slug) || utterance.levels[0];
  }

  /* The phones, first and last included, that lie mostly inside a stretch of time; at least
     the one that holds its middle. */
  function phonesWithin(utterance, start, end) {
    const inside = utterance.phones
      .map((phone, number) => ({ number, middle: (phone.start + phone.end) / 2 }))
      .filter(({ middle }) => middle >= start && middle < end)
      .map(({ number }) => number);
    if (inside.length) return { first: inside[0], last: inside[inside.length - 1] };
    const nearest = phoneAt(utterance, (start + end) / 2);
    return { first: nearest, last: nearest };
  }

  function phoneAt(utterance, time) {
    const number = utterance.phones.findIndex((phone) => time < phone.end);
    return number < 0 ? utterance.phones.length - 1 : number;
  }

  function total(values, first, last) {
    let sum = 0;
    for (let phone = first; phone <= last; phone += 1) sum += values[phone];
    return sum;
  }

  function meanF0(utterance, f0, first, last) {
    const shift = utterance.frame_shift_ms / 1000;
    const from = Math.max(0, Math.ceil(utterance.phones[first].start / shift - 0.5));
    const to = Math.ceil(utterance.phones[last].end / shift - 0.5);
    const voiced = f0.slice(from, to).filter((value) => value > 0);
    return voiced.length ? voiced.reduce((sum, value) => sum + value, 0) / voiced.length : null;
  }

  /* Everything that a window is told by: means per explained frame, groups from the strongest
     push upwards to the strongest push downwards. */
  function summarise(utterance, slug, first, last) {
    const level = findLevel(utterance, slug);
    const frames = total(utterance.frames, first, last);
    const mean = (values) => (values && frames ? total(values, first, last) / frames : null);
    const groups = level.groups.map((name, row) => ({ name, value: mean(level.rows[row]) || 0 }));
    groups.sort((a, b) => b.value - a.value);
    return {
      level,
      frames,
      groups,
      explained: mean(utterance.explained),
      absorbed: mean(utterance.absorbed),
      trueHz: meanF0(utterance, utterance.f0True, first, last),
      predictedHz: meanF0(utterance, utterance.f0Predicted, first, last),
      start: utterance.phones[first].start,
      end: utterance.phones[last].end,
      symbols: utterance.phones.slice(first, last + 1).map((phone) => phone.text),
    };
  }

  /* The groups worth a bar, and what the others add up to. */
  function strongest(groups) {
    const up = groups.filter(({ value }) => value > 0);
    const down = groups.filter(({ value }) => value < 0);
    const shown = [...up.slice(0, SHOWN_EACH_WAY), ...down.slice(-SHOWN_EACH_WAY)];
    const hidden = groups.filter((group) => group.value !== 0 && !shown.includes(group));
    return { shown, hidden: hidden.length, rest: hidden.reduce((sum, g) => sum + g.value, 0) };
  }

  function number(value, unit) {
    const digits = unit === "semitones" ? 2 : 3;
    const text = Math.abs(value).toFixed(digits);
    if (Number(text) === 0) return text;
    return `${value < 0 ? MINUS : "+"}${text}`;
  }

  function seconds(time) {
    return time.toFixed(2);
  }

  function question(utterance, summary) {
    if (utterance.unit !== "semitones" || summary.explained === null) return "What makes F0 here?";
    return `Why is F0 ${summary.explained >= 0 ? "high" : "low"} here?`;
  }

  function stretch(summary) {
    const symbols = summary.symbols.filter((symbol) => symbol);
    const many = symbols.length > 6;
    const named = many ? `${summary.symbols.length} phones` : symbols.join(" ");
    const what = many ? named : `${symbols.length > 1 ? "phones" : "phone"} ${named}`;
    return `From ${seconds(summary.start)} to ${seconds(summary.end)} s (${what})`;
  }

  function outcome(utterance, summary) {
    const hertz = summary.predictedHz === null ? "" : `, ${summary.predictedHz.toFixed(0)} Hz`;
    const measured = summary.trueHz === null ? "" : ` (measured: ${summary.trueHz.toFixed(0)} Hz)`;
    const over = `on average over ${summary.frames} frames`;
    if (summary.explained === null) return `the model was explained ${over}${hertz}${measured}`;
    if (utterance.unit !== "semitones") {
      return `the model gives ${summary.explained.toFixed(3)} ln Hz ${over}${hertz}${measured}`;
    }
    const side = summary.explained >= 0 ? "above" : "below";
    const distance = Math.abs(summary.explained).toFixed(2);
    return `the model puts F0 ${distance} semitones ${side} the speaker's median ${over}${hertz}${measured}`;
  }

  function list(groups, unit) {
    return groups.map(({ name, value }) => `${name} (${number(value, unit)})`).join(" and ");
  }

  /* The answer as sentences; one for a window without any explained frame. */
  function answer(utterance, summary) {
    if (!summary.frames) {
      return `${stretch(summary)}: no voiced frame, so there is nothing to explain.`;
    }
    const up = summary.groups.filter(({ value }) => value > 0).slice(0, 2);
    const down = summary.groups.filter(({ value }) => value < 0).slice(-2).reverse();
    const clauses = [];
    if (up.length) clauses.push(`up push ${list(up, utterance.unit)}`);
    if (down.length) clauses.push(`down push ${list(down, utterance.unit)}`);
    if (summary.absorbed !== null) {
      clauses.push(`the biases hold ${number(summary.absorbed, utterance.unit)}`);
    }
    const pushes = clauses.join("; ");
    const sentence = pushes.charAt(0).toUpperCase() + pushes.slice(1);
    return `${stretch(summary)}, ${outcome(utterance, summary)}. ${sentence}.`;
  }

  /* Symmetric logarithm onto -1 … 1: linear near zero, so that small values keep their sign. */
  function symlog(value, limit) {
    if (!limit) return 0;
    const threshold = limit / 50;
    return (Math.sign(value) * Math.log1p(Math.abs(value) / threshold)) / Math.log1p(50);
  }

  /* Letters without case and marks, so that "zolw" finds "żółw". */
  function plain(text) {
    const stripped = text.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
    return stripped.toLowerCase().replace(/ł/g, "l");
  }

  return {
    answer, decode, findLevel, number, phoneAt, phonesWithin, plain, question, seconds,
    strongest, summarise, symlog,
  };
})();
