/* The inspector on a published page: data arrive by script files, which also work where the
   page was opened from a disk. Each data file calls intonationInspectorData(key, value). */
(() => {
  "use strict";

  const root = document.documentElement.dataset.content_root || "./";
  const base = `${root}_static/inspector/`;
  const arrived = new Map();
  const asked = new Map();
  const NO_SOUND = "this book was made without sounds of it";

  window.intonationInspectorData = (key, value) => arrived.set(key, value);

  function load(name, file) {
    const key = `${name}/${file}`;
    if (!asked.has(key)) asked.set(key, add(key, `${base}${encodeURIComponent(name)}/${file}.js`));
    return asked.get(key);
  }

  function add(key, address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      const fail = (reason) => {
        asked.delete(key); // so that it can be tried again
        reject(new Error(`${key}.js ${reason}`));
      };
      script.onload = () => {
        if (!arrived.has(key)) return fail("holds no data");
        script.remove();
        return resolve(arrived.get(key));
      };
      script.onerror = () => fail("is missing");
      document.head.append(script);
    });
  }

  /* What the view and the gallery ask for. An utterance's data and sounds are forgotten when others
     are loaded: thousands would fill the memory. */
  function sourceOf(name, index) {
    const numbers = new Map(index.utterances.map(({ id }, number) => [id, number]));
    const recent = [];
    const one = async (id, ending) => {
      const file = String(numbers.get(id)).padStart(4, "0") + ending;
      const value = await load(name, file);
      if (!recent.includes(file)) recent.push(file);
      if (recent.length > 40) {
        const old = `${name}/${recent.shift()}`;
        arrived.delete(old);
        asked.delete(old);
      }
      return value;
    };
    return {
      name,
      index: index.utterances,
      load: (id) => one(id, ""),
      loadSound: async (id) => {
        const { sound } = index.utterances[numbers.get(id)];
        if (sound === undefined || sound === null) throw new Error(NO_SOUND);
        const sounds = await one(id, ".sound");
        if (!Object.keys(sounds.versions).length) throw new Error(sounds.missing || NO_SOUND);
        return sounds;
      },
      loadNetwork: async () => {
        if (!index.network) throw new Error("this book was made without the network in its pages");
        return load(name, "network");
      },
      thumb: async (number) => {
        const thumbs = await load(name, `thumbs${Math.floor(number / index.chunk)}`);
        return thumbs[number % index.chunk];
      },
    };
  }

  function addGallery(el, source, view, opened) {
    const count = source.index.length;
    const folded = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = count === 1 ? "The one utterance" : `All ${count} utterances`;
    folded.className = "gal-folded";
    folded.append(summary);
    el.append(folded);
    let gallery = null;
    const make = () => {
      gallery ||= IntonationGallery.mount(folded, { ...source, choose });
      gallery.mark(view.utterance?.id);
    };
    function choose(id) {
      view.address?.wake?.();
      view.show({ id });
      el.firstElementChild.scrollIntoView({ block: "start", behavior: "smooth" });
    }
    folded.addEventListener("toggle", () => folded.open && make());
    folded.open = opened;
    return { mark: (id) => gallery?.mark(id) };
  }

  async function start(el, first) {
    const { name, id, level, gallery } = el.dataset;
    const source = sourceOf(name, await load(name, "index"));
    const known = source.index.some((entry) => entry.id === id);
    const host = document.createElement("div");
    host.dataset.name = name;
    el.replaceChildren(host);
    let cards = null;
    const view = IntonationInspector.mount(host, {
      ...source,
      state: { ...(known && { id }), ...(level && { level }) },
      onChange: (now) => cards?.mark(now.id),
    });
    if (gallery !== "none" && source.index.length > 1) {
      cards = addGallery(el, source, view, gallery ? gallery === "open" : first);
    }
  }

  document.querySelectorAll(".intonation-inspector").forEach((el, number) => {
    start(el, number === 0).catch((error) => {
      el.textContent = `The inspector could not be loaded: ${error.message}`;
    });
  });
})();
