/* What the data of one utterance say: decoding, sums over a window, and sentences of numbers.
   Nothing here draws. The same text is a classic script on a page and part of a module in
   Jupyter. */
const IntonationData = (() => {
  "use strict";

  const MINUS = "\u2212";
  const SHOWN_EACH_WAY = 8;
  const REASONS = 8;
  const NO_ACCENT = new Set(["0", "x", "NONE", "", "undefined", "null"]);

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
      names: level.groups.map((constant, row) => level.words?.[row] || constant),
    }));
    const words = raw.words.map(([start, end, text]) => ({ start, end, text }));
    return {
      ...raw,
      phones,
      levels,
      words,
      tiers: tiersOf(raw, words, phones),
      f0True: decodeF0(raw.f0_true),
      f0Predicted: decodeF0(raw.f0_predicted),
      start: phones[0].start,
      end: phones[phones.length - 1].end,
    };
  }

  /* Tiers that hold something, from the largest unit to the smallest. A syllable's mark of
     stress is IPA's; `strong` is an accented one. */
  function tiersOf(raw, words, phones) {
    const given = raw.tiers || {};
    const plainly = (items) => items?.map(([start, end, text]) => ({ start, end, text }));
    const syllables = given.syllables?.map(([start, end, text, stressed, accent]) => ({
      start, end, text: `${stressed ? "\u02c8" : ""}${text}`, stressed: Boolean(stressed),
      strong: !NO_ACCENT.has(String(accent)),
    }));
    const wordItems = given.words?.map(([start, end, text, kind]) => ({ start, end, text, kind }));
    const phoneItems = plainly(given.phones) || phones;
    return [
      { key: "phrases", title: "phrase", items: plainly(given.phrases) || [] },
      { key: "words", title: "word", items: wordItems || words },
      { key: "syllables", title: "syllable", items: syllables || [] },
      { key: "phones", title: "phone", items: phoneItems },
    ].filter(({ items }) => items.length);
  }

  /* The interval of a tier that holds a time, or undefined. */
  function intervalAt(tier, time) {
    return tier.items.find(({ start, end }) => time >= start && time < end);
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
    const groups = level.names.map((name, row) => ({
      name, constant: level.groups[row], row, value: mean(level.rows[row]) || 0,
    }));
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

  /* ---- why the prediction is what it is: parts that add up to it ---- */

  function frameAt(utterance, time) {
    const last = utterance.f0Predicted.length - 1;
    return Math.max(0, Math.min(last, Math.floor((time * 1000) / utterance.frame_shift_ms)));
  }

  /* F0 in Hz as the model puts it out, and back. */
  function output(utterance, hz) {
    if (!(hz > 0)) return null;
    if (utterance.unit !== "semitones") return Math.log(hz);
    return utterance.reference_hz ? 12 * Math.log2(hz / utterance.reference_hz) : null;
  }

  function hertz(utterance, value) {
    if (utterance.unit !== "semitones") return Math.exp(value);
    return utterance.reference_hz ? utterance.reference_hz * 2 ** (value / 12) : null;
  }

  /* What pushes in a stretch of phones: the strongest groups, all others, what a level counts
     twice or leaves out, the biases. A phone is explained as a whole; with `time`, a last part
     says how far the prediction of that moment lies from the mean of its phone. The parts add
     up to `total`, which is null where nothing was explained. */
  function reasons(utterance, slug, first, last, { time = null, most = REASONS } = {}) {
    const summary = summarise(utterance, slug, first, last);
    const { groups, explained, absorbed, frames } = summary;
    if (!frames) return { summary, parts: [], total: null };
    const ordered = [...groups].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const parts = ordered.slice(0, most).map((group) => ({ kind: "group", ...group }));
    const others = ordered.slice(most);
    if (others.length) {
      const name = `${others.length} other ${others.length > 1 ? "groups" : "group"}`;
      parts.push({ kind: "others", name, value: others.reduce((sum, g) => sum + g.value, 0) });
    }
    if (explained === null || absorbed === null) return { summary, parts, total: null };
    const shared = groups.reduce((sum, group) => sum + group.value, 0);
    if (!summary.level.complete) {
      const name = "counted twice or left out at this level";
      parts.push({ kind: "unshared", name, value: explained - absorbed - shared });
    }
    parts.push({ kind: "biases", name: "absorbed by biases", value: absorbed });
    const here = time === null ? null : output(utterance, utterance.f0Predicted[frameAt(utterance, time)]);
    if (here !== null) {
      parts.push({ kind: "moment", name: "this moment, over its phone's mean", value: here - explained });
    }
    const total = parts.reduce((sum, { value }) => sum + value, 0);
    return { summary, parts, total, hz: hertz(utterance, total) };
  }

  /* Values rounded so that what is read adds up as what is meant does (largest remainders). */
  function roundTogether(values, digits) {
    const scaled = values.map((value) => value * 10 ** digits);
    const whole = scaled.map(Math.floor);
    const sum = scaled.reduce((total, value) => total + value, 0);
    const missing = Math.round(sum) - whole.reduce((total, value) => total + value, 0);
    const byRemainder = scaled.map((value, at) => [value - whole[at], at]).sort((a, b) => b[0] - a[0]);
    for (const [, at] of byRemainder.slice(0, Math.max(0, missing))) whole[at] += 1;
    return whole.map((value) => value / 10 ** digits);
  }

  function digits(unit) {
    return unit === "semitones" ? 2 : 3;
  }

  function number(value, unit) {
    const text = Math.abs(value).toFixed(digits(unit));
    if (Number(text) === 0) return text;
    return `${value < 0 ? MINUS : "+"}${text}`;
  }

  /* A whole number with its sign. */
  function signed(value) {
    return value ? `${value < 0 ? MINUS : "+"}${Math.abs(value)}` : "0";
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
    answer, decode, digits, findLevel, frameAt, intervalAt, number, output, phoneAt, phonesWithin,
    plain, question, reasons, roundTogether, seconds, signed, strongest, summarise, symlog,
  };
})();
