/* The place of "what if": the panel is IntonationWhatIf's, edits are IntonationStructure's, the
   network is IntonationNetwork's. Here they meet the view. */
const IntonationAsking = (() => {
  "use strict";

  const { node } = IntonationFrame;

  /* Network and question table, fetched when somebody first asks; the same for all utterances. */
  function network(view) {
    view.network ||= view.source.loadNetwork().then((data) =>
      ({ table: data.table, engine: IntonationNetwork.open(data) }));
    view.network.catch(() => { view.network = null; });
    return view.network;
  }

  /* Which phone each frame belongs to: the one that holds its centre. */
  function framesToPhones({ f0Predicted, frame_shift_ms: shift, phones }) {
    const found = new Int32Array(f0Predicted.length);
    let phone = 0;
    found.forEach((_, frame) => {
      while (phone < phones.length - 1 && ((frame + 0.5) * shift) / 1000 >= phones[phone].end) phone += 1;
      found[frame] = phone;
    });
    return found;
  }

  /* Which group each input belongs to at a level (-1: none), as the table says. */
  function groupsOf(table, level) {
    const inputs = table.groups?.[level.slug];
    return inputs ? Int16Array.from(inputs) : null;
  }

  function hertz(utterance, output, voiced) {
    return Float32Array.from(output, (value, frame) => {
      if (!voiced[frame]) return 0;
      return utterance.unit === "semitones" ? utterance.reference_hz * 2 ** (value / 12) : Math.exp(value);
    });
  }

  /* Ask the network about changed facts; draws the new contour and resolves to its answer. */
  async function ask(view, changes) {
    const { utterance, raw } = view;
    const { table, engine } = await network(view);
    const level = IntonationData.findLevel(utterance, view.slug);
    const structure = IntonationStructure.open(raw.structure, table);
    const edited = changes.length ? structure.edited(changes) : structure;
    const voiced = Uint8Array.from(utterance.f0Predicted, (hz) => Number(hz > 0));
    const [from, to] = view.windowFrames();
    const everywhere = utterance.unit !== "semitones";
    const frames = voiced.map((one, frame) => Number(frame >= from && frame < to && (one || everywhere)));
    const answer = await engine.ask({
      id: utterance.id, answers: edited.answers(), frameToPhone: framesToPhones(utterance), voiced, frames,
      groupOf: groupsOf(table, level), groups: level.groups.length,
    });
    if (answer && view.utterance === utterance && changes.length) {
      view.overlay(hertz(utterance, answer.output, voiced));
    }
    return answer && { ...answer, level, structure: edited };
  }

  async function mountPanel(view, place) {
    const { utterance, raw } = view;
    place.replaceChildren(node("p", {}, "The network is being read …"));
    try {
      const { table } = await network(view);
      if (view.utterance !== utterance) return;
      place.replaceChildren();
      view.asked = IntonationWhatIf.mount(place, { utterance, raw, table, view, ask: (changes) => ask(view, changes) });
    } catch (error) {
      place.replaceChildren(node("p", {}, `This cannot be asked here: ${error.message}`));
    }
  }

  /* Before another utterance is shown. */
  function close(view) {
    view.asked?.destroy();
    view.asked = null;
  }

  function open(view) {
    const { whatIf } = view.ui;
    const possible = typeof IntonationWhatIf !== "undefined" && view.source.loadNetwork;
    whatIf.hidden = !possible || !(view.raw.structure || view.raw.structure_missing);
    whatIf.replaceChildren();
    if (whatIf.hidden) return;
    if (!view.raw.structure) {
      whatIf.append(node("p", { class: "ins-note" }, `What if cannot be asked of this utterance: ${view.raw.structure_missing}`));
      return;
    }
    const place = node("div");
    const details = node("details", {}, node("summary", {}, "What if the sentence were another one?"), place);
    details.addEventListener("toggle", () => {
      if (details.open && !place.hasChildNodes()) mountPanel(view, place);
    });
    whatIf.append(details);
  }

  return { ask, close, framesToPhones, open };
})();
