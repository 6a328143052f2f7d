// Parameters where values stand: beside each argument of an effect, and in the words of name and receipt, picked and not typed.
(() => {
  "use strict";
  const house = (window.verdict ??= {});
  const form = document.getElementById("rule-form");
  const rows = document.getElementById("parameters");
  const condition = document.getElementById("id_condition");
  if (!form || !rows || !house.parameters) return;

  const NUMBERS = ["percent", "money", "number", "decimal"];
  const fits = (kind, wanted) => kind === wanted || [NUMBERS, ["text", "choice"]].some((its) => its.includes(kind) && its.includes(wanted));
  const chip = (text, label, pressed, act) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "v-chip", textContent: text });
    made.setAttribute("aria-label", label);
    if (pressed !== null) made.setAttribute("aria-pressed", String(pressed));
    made.addEventListener("click", act);
    return made;
  };
  const typed = (input) => {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    condition.dispatchEvent(new Event("input"));
    draw();
  };

  const arguments_ = () => [...form.querySelectorAll("[data-fills]")];
  const WORDS = { id_name: "what the rules are called", id_reason: "what the customer reads" };
  const words = () => Object.keys(WORDS).map((id) => document.getElementById(id)).filter(Boolean);
  const boxOf = (input) => {
    const box = input.nextElementSibling?.matches(".v-fill-in") ? input.nextElementSibling : document.createElement("p");
    if (!box.isConnected) {
      box.className = "v-fill-in";
      input.after(box);
    }
    return box;
  };

  const drawArgument = (input) => {
    const { fills, fillsLabel } = input.dataset;
    const put = (name) => { input.value = name; typed(input); };
    const known = house.parameters().filter((it) => fits(it.kind, fills) || it.name === input.value.trim());
    boxOf(input).replaceChildren(
      ...known.map((it) => chip(it.label || it.name, `${fillsLabel}: filled in as ${it.label || it.name}`, it.name === input.value.trim(), () => put(it.name))),
      chip("New parameter", `${fillsLabel}: filled in as a new parameter`, null, () => put(house.newParameter({ label: fillsLabel, kind: fills }))),
    );
  };

  const drawWords = (input) => {
    const put = (name) => {
      input.setRangeText(`{${name}}`, input.selectionStart, input.selectionEnd, "end");
      input.focus();
      typed(input);
    };
    boxOf(input).replaceChildren(...house.parameters().map((it) => chip(it.label || it.name, `Put ${it.label || it.name} into ${WORDS[input.id]}`, null, () => put(it.name))));
  };

  function draw() {
    const focused = document.activeElement?.closest(".v-fill-in") && document.activeElement.getAttribute("aria-label");
    arguments_().forEach(drawArgument);
    words().forEach(drawWords);
    if (focused) [...form.querySelectorAll(".v-fill-in .v-chip")].find((it) => it.getAttribute("aria-label") === focused)?.focus();
  }

  rows.addEventListener("parameters", draw);
  rows.addEventListener("renamed", ({ detail: { from, to } }) => {
    const shown = document.querySelector("[data-writing]").dataset.writing === "builder"; // it renames what it shows
    for (const input of [...arguments_(), ...(shown ? [] : [condition])]) input.value = house.renamed(input.value, from, to);
    for (const input of words()) input.value = input.value.replaceAll(`{${from}}`, `{${to}}`);
  });
  form.addEventListener("input", (event) => { if (event.target.matches?.("[data-fills]")) drawArgument(event.target); });
  document.querySelector("[data-add-effect]").addEventListener("click", () => setTimeout(draw));
  draw();
})();
