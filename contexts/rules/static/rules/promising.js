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

  const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
  const show = (state, ...parts) => {
    said.dataset.state = state;
    said.replaceChildren(...parts);
  };

  const check = async () => {
    const mine = ++asked;
    let answer;
    try {
      const response = await fetch(form.dataset.promising, { method: "POST", credentials: "same-origin", body: new FormData(form) });
      answer = await response.json();
      if (mine !== asked) return undefined; // somebody went on typing
      if (!response.ok) return show("unknown", element("p", "v-help", answer.detail || "It could not be checked."));
    } catch {
      return mine === asked && show("unknown", element("p", "v-help", "The server does not answer; it is checked when you state it."));
    }
    if (answer.text) for (const name of PARTS) if (name !== "name" || !named) part(name).value = answer.text[name];
    if (!answer.text && (promise.value !== OWN || !part("claim").value.trim())) {
      if (promise.value !== OWN) for (const name of PARTS) if (name !== "name" || !named) part(name).value = name === "assuming" ? "true" : "";
      return show("empty", element("p", "v-help", promise.value === OWN ? "" : "Fill in what is missing above."));
    }
    if (!answer.faults.length) return show("sound", element("p", "v-words", "It can be read. Every review proves it once it is stated."));
    code.open = true;
    const [fault] = answer.faults;
    return show("fault", element("p", "v-fault", fault.message), ...(fault.drawn ? [element("pre", "v-caret", fault.drawn)] : []));
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(check, PAUSE); };

  const offer = () => {
    for (const option of promise.options) if (option.value !== OWN) option.hidden = option.disabled = !option.dataset.points.split(" ").includes(point.value);
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
    clearTimeout(timer);
    await check();
    if (part("claim").value.trim()) return form.submit();
    const empty = [...form.querySelectorAll("[data-asked]:not([hidden]) input")].find((it) => !it.value.trim());
    (empty ?? form.querySelector("[data-asked]:not([hidden]) input") ?? part("claim")).focus();
    return show("fault", element("p", "v-fault", "Fill in what it promises first."));
  });
})();
