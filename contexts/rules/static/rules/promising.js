// A guardrail by picking: the promise fills the code in, and what is written is checked while it is typed.
(() => {
  "use strict";
  const form = document.querySelector("form[data-promising]");
  if (!form) return;

  const PAUSE = 250;
  const PARTS = ["name", "claim", "assuming", "path", "one", "other"];
  const OWN = "";
  const part = (name) => form.querySelector(`[name=${name}]`);
  const point = part("point");
  const promise = part("promise");
  const code = form.querySelector("[data-code]");
  const said = form.querySelector("[data-said]");
  let named = false; // by hand: then the name is let be
  let timer = 0;
  let asked = 0;
  let sending = false;
  let fault = null; // of what was checked last

  const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
  const show = (state, ...parts) => {
    said.dataset.state = state;
    said.replaceChildren(...parts);
  };

  const field = (name) => form.querySelector(`[name="${name}"]`);
  const fill = (text) => { for (const name of PARTS) if (name !== "name" || !named) part(name).value = text[name]; };
  const nothing = { name: "", claim: "", assuming: "true", path: "", one: "", other: "" };

  // "known" when the answer is about what is written now; "late" when somebody went on typing; "unknown" without one
  const check = async () => {
    const mine = ++asked;
    let answer;
    let refused = "";
    try {
      const response = await fetch(form.dataset.promising, { method: "POST", credentials: "same-origin", body: new FormData(form) });
      answer = await response.json();
      if (!response.ok) refused = answer.detail || "It could not be checked.";
    } catch {
      refused = promise.value === OWN ? "The server does not answer; it is checked when you state it." : "The server does not answer, so nothing is filled in.";
    }
    if (mine !== asked) return "late";
    fault = null;
    if (refused) { show("unknown", element("p", "v-help", refused)); return "unknown"; }
    if (promise.value !== OWN) fill(answer.text ?? nothing);
    [fault = null] = answer.faults;
    if (fault) {
      if (answer.text || promise.value === OWN) code.open = true;
      show("fault", element("p", "v-fault", fault.message), ...(fault.drawn ? [element("pre", "v-caret", fault.drawn)] : []));
    } else if (part("claim").value.trim()) show("sound", element("p", "v-words", "It can be read. Every review proves it once it is stated."));
    else show("empty", element("p", "v-help", promise.value === OWN ? "" : "Fill in what is missing above."));
    return "known";
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(check, PAUSE); };

  const offer = () => {
    for (const option of promise.options) if (option.value !== OWN) {
      const title = JSON.parse(option.dataset.titles)[point.value]; // what it says of this point's price
      option.hidden = option.disabled = !title;
      if (title) option.textContent = title;
    }
    if (promise.selectedOptions[0]?.disabled) promise.value = OWN;
    const asks = (promise.selectedOptions[0]?.dataset.asks ?? "").split(" ");
    for (const field of form.querySelectorAll("[data-asked]")) field.hidden = !asks.includes(field.dataset.asked);
    if (promise.value === OWN) code.open = true;
  };

  promise.value = part("claim").value.trim() ? OWN : promise.options[0].value;
  form.querySelector("[data-picking]").hidden = false;
  code.open = promise.value === OWN;
  named = Boolean(part("name").value);
  offer();

  for (const it of [point, promise]) it.addEventListener("change", () => { if (it === promise) code.open = false; offer(); check(); });
  form.addEventListener("input", (event) => {
    if (event.target === part("name")) { named = Boolean(event.target.value); return; }
    if (code.contains(event.target) && promise.value !== OWN) { promise.value = OWN; offer(); } // by hand from here on
    soon();
  });
  if (part("claim").value.trim()) check();

  // what was picked is filled in before it is sent; nothing is sent that says nothing
  part("claim").required = false; // a browser cannot point into a fold that is closed
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    let state = await check();
    while (state === "late") state = await check();
    sending = false;
    if (state === "unknown" && promise.value !== OWN) { // the code may be that of other values
      said.append(element("p", "v-fault", "Nothing was sent. Try again in a moment."));
      return;
    }
    if (part("claim").value.trim()) { form.submit(); return; }
    const shown = [...form.querySelectorAll("[data-asked]:not([hidden]) input")];
    ((fault && field(fault.part)) ?? shown.find((it) => !it.value.trim()) ?? shown[0] ?? part("claim")).focus();
    if (!fault) show("fault", element("p", "v-fault", "Fill in what it promises first."));
  });
})();
