// What the proofs say comes after the page, for it may take seconds: `data-proofs` says where to ask, `data-shown` is filled.
(() => {
  "use strict";

  const ask = async (section) => {
    const shown = section.querySelector("[data-shown]");
    shown.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(section.dataset.proofs, { credentials: "same-origin" });
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

  const inTurn = async () => {
    for (const section of document.querySelectorAll("[data-proofs]")) await ask(section); // each takes a core
  };
  inTurn();
})();
