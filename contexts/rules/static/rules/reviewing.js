// What the proofs say comes after the page, for it may take seconds.
(() => {
  "use strict";
  const section = document.querySelector("[data-findings]");
  const shown = document.getElementById("findings");
  if (!section || !shown) return;

  const ask = async () => {
    shown.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(section.dataset.findings, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}; load the page again.`);
      shown.innerHTML = await answer.text(); // made by our own template, which escapes what people wrote
    } catch (fault) {
      const said = document.createElement("p");
      said.className = "v-fault";
      said.textContent = fault.message;
      shown.replaceChildren(said);
    } finally {
      shown.removeAttribute("aria-busy");
    }
  };
  ask();
})();
