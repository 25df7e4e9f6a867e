/* The inspector on a published page: data arrive by script files, which also work where the
   page was opened from a disk. Each data file calls intonationInspectorData(key, value). */
(() => {
  "use strict";

  const root = document.documentElement.dataset.content_root || "./";
  const base = `${root}_static/`;
  const arrived = new Map();

  window.intonationInspectorData = (key, value) => arrived.set(key, value);

  function load(name, file) {
    const key = `${name}/${file.replace(/\.js$/, "")}`;
    if (arrived.has(key)) return Promise.resolve(arrived.get(key));
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}inspector/${encodeURIComponent(name)}/${file}`;
      script.onload = () => (arrived.has(key) ? resolve(arrived.get(key))
        : reject(new Error(`${file} holds no data`)));
      script.onerror = () => reject(new Error(`${file} is missing`));
      document.head.append(script);
    });
  }

  async function start(el) {
    const name = el.dataset.name;
    const index = await load(name, "index.js");
    const files = new Map(index.map((entry) => [entry.id, entry.file]));
    IntonationInspector.mount(el, {
      index,
      load: (id) => load(name, files.get(id)),
    });
  }

  for (const el of document.querySelectorAll(".intonation-inspector")) {
    start(el).catch((error) => {
      el.textContent = `The inspector could not be loaded: ${error.message}`;
    });
  }
})();
