// The back-test: its part of the page comes, goes on and is answered without loading the page again.
(() => {
  "use strict";
  const section = document.querySelector("[data-backtest]");
  const shown = document.getElementById("backtest");
  const said = document.getElementById("backtest-said");
  if (!section || !shown) return;

  let turn = 0;

  const ask = async (address, options = {}) => {
    const mine = ++turn;
    shown.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options });
      if (!answer.ok) throw new Error(answer.status === 413 ? "The file is larger than 10 MB; pack it by gzip, or take fewer orders." : `The server answered ${answer.status}; load the page again.`);
      const text = await answer.text();
      if (mine !== turn) return;
      shown.innerHTML = text; // made by our own template, which escapes what people wrote
      // the theme would look for a text field of its own beside each of them
      for (const input of shown.querySelectorAll("input[type=file]")) input.hasChangeListener = true;
    } catch (fault) {
      if (mine !== turn) return;
      const told = document.createElement("p");
      told.className = "v-fault";
      told.setAttribute("role", "alert");
      told.textContent = fault.message;
      shown.querySelector(".v-fault")?.remove();
      shown.prepend(told);
    } finally {
      shown.removeAttribute("aria-busy");
    }
    const words = shown.querySelector("[data-said]")?.dataset.said ?? "";
    if (said && said.textContent !== words) said.textContent = words;
    const again = shown.querySelector("[data-again]");
    if (again) setTimeout(() => { if (mine === turn) ask(section.dataset.backtest); }, Number(again.dataset.again));
  };

  shown.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    ask(form.action, { method: "POST", body: new FormData(form) });
  });

  ask(section.dataset.backtest);
})();
