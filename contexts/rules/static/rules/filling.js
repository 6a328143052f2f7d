// A template being filled in: what the rule will say, and what is wrong with a field once somebody was in it.
(() => {
  "use strict";
  const form = document.getElementById("filling");
  if (!form) return;

  const PAUSE = 300;
  const shown = document.getElementById("in-words");
  const says = document.getElementById("says");
  const missing = document.getElementById("not-yet");
  const slug = document.getElementById("id_slug");
  const state = document.getElementById("bar-state");
  const visited = new Set();
  let ownSlug = Boolean(slug?.value);
  let timer = 0;
  let asked = 0;
  let unsaved = false;

  const tell = (faults) => {
    for (const field of form.querySelectorAll("[data-argument]")) {
      const name = field.dataset.argument;
      const wrong = visited.has(name) ? faults[name] : undefined;
      const list = field.querySelector(".v-errors");
      if (!visited.has(name) && list.childElementCount) continue; // what the server said of it stands until it is changed
      const said = wrong ? [Object.assign(document.createElement("li"), { textContent: wrong })] : [];
      list.replaceChildren(...said);
      field.classList.toggle("v-invalid", Boolean(wrong));
      field.querySelector("input, select, textarea").setAttribute("aria-invalid", String(Boolean(wrong)));
    }
  };

  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/%/g, " percent ").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80);

  const say = async () => {
    const mine = ++asked;
    let said = { sentence: "", faults: {} };
    try {
      const answer = await fetch(form.dataset.say, { method: "POST", credentials: "same-origin", body: new FormData(form) });
      if (answer.ok) said = await answer.json();
    } catch {
      return; // whoever saves is told that the server does not answer
    }
    if (mine !== asked) return; // somebody went on writing
    tell(said.faults);
    says.hidden = !said.sentence;
    missing.hidden = Boolean(said.sentence);
    shown.textContent = said.sentence;
    document.getElementById("its-name").textContent = said.name || "";
    document.getElementById("its-reason").textContent = said.reason || "";
    if (slug && !ownSlug && said.name) slug.value = plain(said.name);
  };

  const soon = (event) => {
    if (event.target === slug) ownSlug = Boolean(slug.value);
    const field = event.target.closest("[data-argument]");
    if (field) visited.add(field.dataset.argument);
    unsaved = true;
    state.textContent = "Not saved yet";
    clearTimeout(timer);
    timer = setTimeout(say, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("focusout", (event) => {
    const field = event.target.closest("[data-argument]");
    if (!field || visited.has(field.dataset.argument)) return;
    visited.add(field.dataset.argument);
    say();
  });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  say();
})();
