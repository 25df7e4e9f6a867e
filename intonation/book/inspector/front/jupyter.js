/* In Jupyter the widget's traits are the state. */
const IntonationJupyter = (() => {
  "use strict";

  const TRAITS = { selected: "id", level: "level", window: "window", selection: "selection" };

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

  function render({ model, el }, mount) {
    const state = () => Object.fromEntries(Object.entries(TRAITS).map(([trait, key]) => [key, model.get(trait)]));
    const view = mount(el, {
      index: model.get("index"),
      address: false,
      state: state(),
      load: (id) => load(model, id),
      onChange: (now) => {
        for (const [trait, key] of Object.entries(TRAITS)) model.set(trait, now[key]);
        model.save_changes();
      },
    });
    const followers = Object.entries(TRAITS).map(([trait, key]) => {
      const changed = () => view.follow({ [key]: state()[key] });
      model.on(`change:${trait}`, changed);
      return [`change:${trait}`, changed];
    });
    return () => {
      followers.forEach(([event, changed]) => model.off(event, changed));
      view.destroy();
    };
  }

  return { render };
})();
