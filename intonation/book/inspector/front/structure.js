/* Labels of an utterance from facts that a reader can change, and the answers to all questions.
   Phrases, tones and accents are made as in polish/prosody.py, fields as in polish/context.py,
   answers are looked up in the table that book/inspector/question_table.py makes. Times never
   change, so the row of phones and pauses stays as it was spoken. */
const IntonationStructure = (() => {
  "use strict";

  const MARK_OF = { statement: ".", question: "?", exclamation: "!" };
  const TONE_OF_MARK = { "!": "H-L%", ".": "L-L%", ";": "L-L%", ",": "L-H%", "": "NONE" };
  const NUCLEUS_OF_TONE = { "H-H%": 3, "HL-L%": 3, "H-L%": 4 };
  const PRENUCLEAR = 1, NUCLEAR = 2;
  const CONTENT = "content", QUESTION_WORD = "wp", PAUSE = "pau";
  const MOST = 999;

  /* ---- phrases: what polish/prosody.py and polish/stress.py do ---- */

  function phrasesOf(facts) {
    const found = [];
    let first = 0;
    facts.forEach((fact, last) => {
      if (last + 1 < facts.length && !fact.mark && !fact.pause_after) return;
      const tone = boundaryTone(facts, last);
      found.push({ tone, words: prominentWords(facts.slice(first, last + 1), tone) });
      first = last + 1;
    });
    return found;
  }

  function boundaryTone(facts, last) {
    const { mark } = facts[last];
    if (mark === "?") return asksWithQuestionWord(facts, last) ? "HL-L%" : "H-H%";
    if (!mark && last + 1 === facts.length) return "L-L%";
    return TONE_OF_MARK[mark];
  }

  /* Whether the first clause of the sentence has a question word and no czy opens it. */
  function asksWithQuestionWord(facts, last) {
    let first = last;
    while (first > 0 && !["?", "!", "."].includes(facts[first - 1].mark)) first -= 1;
    let end = first;
    while (end < last && !facts[end].mark) end += 1;
    const clause = facts.slice(first, end + 1);
    return !clause.slice(0, 2).some((fact) => fact.text === "czy")
      && clause.some((fact) => fact.part_of_speech === QUESTION_WORD);
  }

  function prominentWords(facts, tone) {
    const stresses = stressedSyllables(facts);
    facts.forEach((fact, word) => {
      if (fact.accented && stresses[word] === null) stresses[word] = fact.stress;
    });
    if (stresses.every((stress) => stress === null)) {
      // a phrase of clitics only still has a nucleus
      const last = facts.length - 1;
      stresses[last] = Math.max(0, facts[last].syllables.length - 2);
    }
    const accents = accentsOf(facts, stresses, tone);
    return facts.map((fact, word) => ({
      fact,
      accent: accents[word],
      stress: stresses[word],
      syllables: fact.syllables.map(([phones, vowel], place) => {
        const stressed = place === stresses[word];
        return { phones, vowel, stressed: Number(stressed), accent: stressed ? accents[word] : 0 };
      }),
    }));
  }

  /* The stressed syllable of each word of a phrase, null for words without one. */
  function stressedSyllables(facts) {
    const found = [];
    facts.forEach((fact, word) => {
      const leans = word > 0 && fact.leans_as.includes(fact.part_of_speech);
      if (leans) found[word - 1] = facts[word - 1].syllables.length - 1;
      const weak = leans || (fact.clitic && fact.part_of_speech !== CONTENT);
      found.push(weak ? null : fact.stress);
    });
    return found;
  }

  function accentsOf(facts, stresses, tone) {
    const bearers = new Set();
    facts.forEach((fact, word) => {
      const asks = tone === "HL-L%" && fact.part_of_speech === QUESTION_WORD;
      if (fact.part_of_speech === CONTENT || asks) {
        bearers.add(stresses[word] !== null ? word : word - 1);
      }
    });
    facts.forEach((fact, word) => {
      if (fact.accented === true) bearers.add(word);
      if (fact.accented === false) bearers.delete(word);
    });
    const stressed = [...facts.keys()].filter((word) => stresses[word] !== null);
    const bearing = stressed.filter((word) => bearers.has(word));
    const nucleus = (bearing.length ? bearing : stressed).at(-1);
    const accents = facts.map((_, word) => (bearing.includes(word) ? PRENUCLEAR : 0));
    accents[nucleus] = NUCLEUS_OF_TONE[tone] || NUCLEAR;
    return accents;
  }

  /* ---- fields: what polish/context.py does ---- */

  /* Syllables, words and phrases in a row, each with the fields that are told of it everywhere. */
  function contextOf(phrases) {
    const places = [], words = [], sizes = [];
    phrases.forEach((phrase, inUtterance) => {
      const row = phrase.words.flatMap((word) => word.syllables);
      const size = [row.length, phrase.words.length];
      const whole = phraseFields(phrase, size, inUtterance, phrases.length);
      sizes.push(size);
      phrase.words.forEach((word, inPhrase) => {
        const own = wordFields(phrase.words, inPhrase);
        word.syllables.forEach((syllable, inWord) => {
          const told = syllableFields(row, row.indexOf(syllable), word, inWord);
          const fields = { ...told, ...own, ...whole };
          places.push({ syllable, word: words.length, phrase: inUtterance, fields });
        });
        words.push(word);
      });
    });
    const utterance = { j1: places.length, j2: words.length, j3: phrases.length };
    return { places, words, sizes, utterance };
  }

  /* How many before, after; how far the nearest before, after (0: none). */
  function around(row, here, counts) {
    const chosen = [...row.keys()].filter((index) => counts(row[index]));
    const before = chosen.filter((index) => index < here);
    const after = chosen.filter((index) => index > here);
    const nearest = [before.at(-1) ?? here, after[0] ?? here];
    return [before.length, after.length, here - nearest[0], nearest[1] - here];
  }

  function syllableFields(row, here, word, inWord) {
    const { stressed: b1, accent: b2, phones: b3, vowel: b16 } = row[here];
    const [b8, b9, b12, b13] = around(row, here, (syllable) => syllable.stressed);
    const [b10, b11, b14, b15] = around(row, here, (syllable) => syllable.accent);
    const places = { b4: inWord + 1, b5: word.syllables.length - inWord };
    places.b6 = here + 1;
    places.b7 = row.length - here;
    return { b1, b2, b3, ...places, b8, b9, b10, b11, b12, b13, b14, b15, b16 };
  }

  function wordFields(row, here) {
    const { fact, syllables } = row[here];
    const isContent = (word) => word.fact.part_of_speech === CONTENT;
    const [e5, e6, e7, e8] = around(row, here, isContent);
    const [e1, e2, e3, e4] = [fact.part_of_speech, syllables.length, here + 1, row.length - here];
    return { e1, e2, e3, e4, e5, e6, e7, e8 };
  }

  function phraseFields(phrase, [h1, h2], index, count) {
    return { h1, h2, h3: index + 1, h4: count - index, h5: phrase.tone };
  }

  /* Of the syllables, words and phrases next to a place; numbers beyond the ends give zeros. */
  function neighbours(context, syllables, words, phrases) {
    const fields = {};
    for (const [side, index] of [["a", syllables[0]], ["c", syllables[1]]]) {
      const { stressed, accent, phones } = context.places[index]?.syllable
        || { stressed: 0, accent: 0, phones: 0 };
      Object.assign(fields, { [`${side}1`]: stressed, [`${side}2`]: accent, [`${side}3`]: phones });
    }
    for (const [side, index] of [["d", words[0]], ["f", words[1]]]) {
      const word = context.words[index];
      fields[`${side}1`] = word ? word.fact.part_of_speech : 0;
      fields[`${side}2`] = word ? word.syllables.length : 0;
    }
    for (const [side, index] of [["g", phrases[0]], ["i", phrases[1]]]) {
      [fields[`${side}1`], fields[`${side}2`]] = context.sizes[index] || [0, 0];
    }
    return { ...fields, ...context.utterance };
  }

  const ABSENT = Object.fromEntries([
    "p6", "p7", ...Array.from({ length: 16 }, (_, index) => `b${index + 1}`),
    ...Array.from({ length: 8 }, (_, index) => `e${index + 1}`), "h1", "h2",
  ].map((name) => [name, "x"]));

  /* Fields of a pause before a syllable. */
  function ofPause(context, syllable) {
    const before = context.places[syllable - 1], after = context.places[syllable];
    const word = before ? before.word : -1;
    const phrases = [before ? before.phrase : -1, after ? after.phrase : -1];
    const own = { ...ABSENT, h3: 1, h4: context.utterance.j3, h5: 0 };
    return { ...own, ...neighbours(context, [syllable - 1, syllable], [word, word + 1], phrases) };
  }

  /* Fields that all phones of a syllable share. */
  function ofSyllable(context, syllable) {
    const { word, phrase, fields } = context.places[syllable];
    const next = neighbours(
      context, [syllable - 1, syllable + 1], [word - 1, word + 1], [phrase - 1, phrase + 1]);
    return { ...fields, ...next };
  }

  /* Per phone, the fields of its own, and those that the phones of a syllable share: one object. */
  function fieldsOf(phrases, row) {
    const context = contextOf(phrases);
    const symbols = ["x", "x", ...row, "x", "x"];
    let syllable = 0, inSyllable = 0, shared = null;
    return row.map((symbol, index) => {
      const [p1, p2, p3, p4, p5] = symbols.slice(index, index + 5);
      const own = { p1, p2, p3, p4, p5 };
      if (symbol === PAUSE) return { own, shared: ofPause(context, syllable) };
      if (inSyllable === 0) shared = ofSyllable(context, syllable);
      const { phones } = context.places[syllable].syllable;
      Object.assign(own, { p6: inSyllable + 1, p7: phones - inSyllable });
      const told = { own, shared };
      inSyllable = (inSyllable + 1) % phones;
      if (inSyllable === 0) syllable += 1;
      return told;
    });
  }

  /* ---- answers ---- */

  function entryOf(name, field, value) {
    if (typeof value === "string") {
      if (Object.hasOwn(field.values, value)) return field.values[value];
    } else if (value <= MOST) {
      return field.from.findLast(([number]) => number <= value)[1];
    }
    throw new Error(`no answers are known for the value ${value} of the label's field ${name}`);
  }

  /* As numeric_questions.read_numbers has it where nothing else stands in the field. */
  function scaled(value, low, high) {
    const number = typeof value === "number" ? value : low ?? -1;
    if (low === null) return number;
    return Math.fround(Math.min(1, Math.max(0, (number - low) / (high - low))));
  }

  /* ---- what the page holds ---- */

  class Structure {
    constructor(facts, row, table) {
      this.facts = facts;
      this.row = row;
      this.table = table;
      this.phrases = phrasesOf(facts);
    }

    /* Another structure, in which these changes are made one after another. */
    edited(changes) {
      const facts = this.facts.map((fact) => ({ ...fact }));
      for (const change of changes) apply(facts, change, this.table.parts_of_speech);
      return new Structure(facts, this.row, this.table);
    }

    /* Every field of every phone: numbers, or texts. */
    fields() {
      return fieldsOf(this.phrases, this.row).map(({ own, shared }) => ({ ...own, ...shared }));
    }

    /* Per phone, the indices of the questions answered yes, in order. */
    answers() {
      if (this.answered) return this.answered;
      const { fields } = this.table;
      const yes = (values) => Object.keys(values).flatMap((name) =>
        entryOf(name, fields[name], values[name]));
      let last = null, common = [];
      this.answered = fieldsOf(this.phrases, this.row).map(({ own, shared }) => {
        if (shared !== last) common = yes(shared);
        last = shared;
        return Uint16Array.from([...common, ...yes(own)]).sort();
      });
      return this.answered;
    }

    /* Per phone, [index, value] of every question that asks for a number. */
    numbers() {
      const known = Object.entries(this.table.fields);
      return this.fields().map((values) => known.flatMap(([name, field]) =>
        field.numeric.map(([index, low, high]) => [index, scaled(values[name], low, high)])));
    }

    /* statement, question or exclamation; null where the end of the utterance is none of them. */
    sentence() {
      const mark = this.facts.at(-1).mark;
      if (mark === "" || mark === ";") return "statement";
      return Object.keys(MARK_OF).find((name) => MARK_OF[name] === mark) || null;
    }

    /* The words as a panel shows them. boundary: a mark is (or stands for being) written after the
       word; tone: of the phrase that ends with it, else null. */
    words() {
      return this.phrases.flatMap(({ words, tone }, phrase) => words.map((word, place) => ({
        text: word.fact.text,
        part_of_speech: word.fact.part_of_speech,
        accent: word.accent,
        stressed: word.stress !== null,
        boundary: word.fact.mark !== "",
        pause: word.fact.pause_after,
        phrase,
        tone: place + 1 === words.length ? tone : null,
      })));
    }
  }

  function apply(facts, change, parts) {
    const { kind, to, on } = change;
    const word = facts[kind === "sentence" ? facts.length - 1 : kind === "boundary" ? change.after
      : change.word];
    const known = word && (kind !== "boundary" || word !== facts.at(-1));
    if (known && kind === "sentence" && Object.hasOwn(MARK_OF, to)) word.mark = MARK_OF[to];
    else if (known && kind === "accent") word.accented = Boolean(on);
    else if (known && kind === "boundary") word.mark = on ? word.mark || word.written || "," : "";
    else if (known && kind === "part_of_speech" && Object.hasOwn(parts, to)) {
      word.part_of_speech = to;
    } else throw new Error(`a change that cannot be made here: ${JSON.stringify(change)}`);
  }

  /* structure: what structure.py's structure_of returns; table: what its question_table returns. */
  function open(structure, table) {
    if (table.missing) throw new Error(table.missing);
    const facts = structure.words.map((word) => ({ ...word, written: word.mark, accented: null }));
    return new Structure(facts, structure.row, table);
  }

  return { open };
})();
