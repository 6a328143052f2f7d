// The rule in one sentence while it is written, as its approvers will read it; nothing while it is not sound.
(() => {
  "use strict";
  const form = document.getElementById("rule-form");
  const section = document.querySelector("[data-say]");
  const shown = document.getElementById("in-words");
  const rows = document.getElementById("in-lines");
  if (!form || !section || !shown || !rows) return;

  const PAUSE = 400;
  let timer = 0;
  let asked = 0;

  const say = async () => {
    const mine = ++asked;
    let sentence = "";
    let lines = [];
    try {
      const answer = await fetch(section.dataset.say, { method: "POST", credentials: "same-origin", body: new FormData(form) });
      if (answer.ok) ({ sentence, lines = [] } = await answer.json());
    } catch {
      sentence = ""; // whoever saves is told that the server does not answer
    }
    if (mine !== asked) return; // somebody went on writing
    shown.textContent = sentence;
    rows.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    rows.hidden = !lines.length;
    section.hidden = !sentence;
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(say, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  say();
})();
