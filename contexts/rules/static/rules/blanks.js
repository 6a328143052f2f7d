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
  // chips stay the same elements: a click may begin while what they say changes
  const show = (box, chips) => {
    chips.forEach(({ text, label, pressed, act }, at) => {
      const made = box.children[at] ?? box.appendChild(Object.assign(document.createElement("button"), { type: "button", className: "v-chip" }));
      made.textContent = text;
      made.setAttribute("aria-label", label);
      if (pressed === undefined) made.removeAttribute("aria-pressed"); else made.setAttribute("aria-pressed", String(pressed));
      made.onclick = act;
    });
    while (box.children.length > chips.length) box.lastElementChild.remove();
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
    show(boxOf(input), [
      ...known.map((it) => ({
        text: it.label || it.name, label: `${fillsLabel}: filled in as ${it.label || it.name}`,
        pressed: it.name === input.value.trim(), act: () => put(it.name),
      })),
      { text: "New parameter", label: `${fillsLabel}: filled in as a new parameter`, act: () => put(house.newParameter({ label: fillsLabel, kind: fills })) },
    ]);
  };

  const drawWords = (input) => {
    const put = (name) => {
      input.setRangeText(`{${name}}`, input.selectionStart, input.selectionEnd, "end");
      input.focus();
      typed(input);
    };
    show(boxOf(input), house.parameters().map((it) => ({
      text: it.label || it.name, label: `Put ${it.label || it.name} into ${WORDS[input.id]}`, act: () => put(it.name),
    })));
  };

  function draw() {
    arguments_().forEach(drawArgument);
    words().forEach(drawWords);
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
