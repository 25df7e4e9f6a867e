/* In Jupyter the widget's traits are the state, and Python answers what is asked by message:
   sounds, the network, sentences to be spoken. */
const IntonationJupyter = (() => {
  "use strict";

  const TRAITS = { selected: "id", level: "level", window: "window", selection: "selection" };
  const PATIENCE_MS = 120_000;
  let questions = 0;

  function load(model, id) {
    if (model.get("utterance").id === id) return Promise.resolve(model.get("utterance"));
    return new Promise((resolve) => {
      const arrived = () => {
        if (model.get("utterance").id !== id) return;
        model.off("change:utterance", arrived);
        resolve(model.get("utterance"));
      };
      model.on("change:utterance", arrived);
      model.set("selected", id);
      model.save_changes();
    });
  }

  /* Ask Python; rejects with its sentence where it refuses, or where no kernel answers. */
  function ask(model, what, of = null) {
    const number = `${Date.now()}-${(questions += 1)}`;
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        clearTimeout(waiting);
        model.off("msg:custom", answered);
        settle(value);
      };
      const answered = (reply) => {
        if (reply?.number !== number) return;
        if ("error" in reply) done(reject, new Error(reply.error));
        else done(resolve, reply.answer);
      };
      const waiting = setTimeout(() => done(reject, new Error("the kernel does not answer")), PATIENCE_MS);
      model.on("msg:custom", answered);
      model.send({ ask: what, of, number });
    });
  }

  async function sounds(model, id) {
    const found = await ask(model, "sound", id);
    if (!Object.keys(found.versions).length) throw new Error(found.missing);
    return found;
  }

  /* Where any sentence can be written, to be spoken and explained. */
  function sayForm(model) {
    const { node } = IntonationFrame;
    const text = node("input", {
      type: "text", lang: "pl", required: "", placeholder: "Czy to prawda?", maxlength: "500",
    });
    const button = node("button", { type: "submit" }, "Say it");
    const told = node("p", { class: "ins-note", role: "alert" });
    const label = node("label", { class: "ins-field" },
      node("span", {}, "Any Polish sentence, read by the synthetic voice"), text);
    const form = node("form", { class: "ins-say" }, label, button, told);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      told.textContent = "";
      await ask(model, "say", text.value).catch((error) => { told.textContent = error.message; });
      button.disabled = false;
    });
    form.addEventListener("keydown", (event) => event.stopPropagation()); // not a notebook's key
    return form;
  }

  function render({ model, el }, mount) {
    const offers = model.get("offers") || [];
    const state = () => Object.fromEntries(Object.entries(TRAITS).map(([trait, key]) => [key, model.get(trait)]));
    const place = IntonationFrame.node("div");
    let view = null;
    const show = () => {
      view?.destroy();
      view = mount(place, {
        index: model.get("index"),
        address: false,
        state: state(),
        load: (id) => load(model, id),
        ...(offers.includes("sound") && { loadSound: (id) => sounds(model, id) }),
        ...(offers.includes("network") && { loadNetwork: () => ask(model, "network") }),
        onChange: (now) => {
          for (const [trait, key] of Object.entries(TRAITS)) model.set(trait, now[key] || []);
          model.save_changes();
        },
      });
    };
    el.append(...(offers.includes("say") ? [sayForm(model)] : []), place);
    show();
    /* What Python changes at once is followed at once: a window belongs to its utterance. */
    let due = false;
    const follow = () => {
      if (due) return;
      due = true;
      queueMicrotask(async () => {
        await view.ready;
        due = false;
        await view.follow(state());
      });
    };
    const followers = Object.keys(TRAITS).map((trait) => [`change:${trait}`, follow]);
    followers.push(["change:index", show]);
    followers.forEach(([event, changed]) => model.on(event, changed));
    return () => {
      followers.forEach(([event, changed]) => model.off(event, changed));
      view.destroy();
    };
  }

  return { ask, render };
})();
