// The parameters of a template: rows added and removed, each with the fields of its kind; a name follows its label.
// Whoever shows them hears `parameters` of their list, and `renamed` with the names from and to.
(() => {
  "use strict";
  const house = (window.verdict ??= {});
  const rows = document.getElementById("parameters");
  const empty = document.getElementById("parameter-row");
  const form = document.getElementById("rule-form");
  if (!rows || !form) return;

  let next = rows.querySelectorAll("[data-parameter]").length;
  const own = new WeakSet(); // names that somebody wrote
  const named = new WeakMap(); // the name by which the rule speaks of a row's parameter

  const field = (row, what) => row.querySelector(`[data-parameter-${what}]`);
  const every = () => [...rows.querySelectorAll("[data-parameter]")];
  const tell = (what, detail) => rows.dispatchEvent(new CustomEvent(what, { detail }));
  const nameOf = (label) => label.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "").slice(0, 60);

  const arrange = (row) => {
    const kind = field(row, "kind").value;
    row.querySelector("[data-choices]").hidden = kind !== "choice";
    for (const bounds of row.querySelectorAll("[data-bounds]")) bounds.hidden = kind === "choice" || kind === "yes_no";
  };

  const begin = (row) => {
    const name = field(row, "name");
    if (name.value && !("follows" in row.dataset)) own.add(name);
    named.set(row, name.value);
    arrange(row);
  };

  rows.addEventListener("change", (event) => {
    const row = event.target.closest("[data-parameter]");
    if (!row) return;
    if (event.target.matches("[data-parameter-kind]")) arrange(row);
    const [from, to] = [named.get(row), field(row, "name").value.trim()];
    if (from && to && from !== to) tell("renamed", { from, to });
    if (to) named.set(row, to);
    tell("parameters");
  });
  rows.addEventListener("input", (event) => {
    const row = event.target.closest("[data-parameter]");
    if (!row) return;
    const name = field(row, "name");
    if (event.target === name) own.add(name);
    if (event.target.matches("[data-parameter-label]") && !own.has(name)) name.value = nameOf(event.target.value);
  });
  for (const row of every()) begin(row);
  if (!empty) return; // where values of a rule become parameters, there are no others

  const addRow = () => {
    rows.insertAdjacentHTML("beforeend", empty.innerHTML.replaceAll("__index__", String(next++)));
    begin(rows.lastElementChild);
    return rows.lastElementChild;
  };
  rows.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove-parameter]")) return;
    event.target.closest("[data-parameter]").remove();
    tell("parameters");
    form.dispatchEvent(new Event("input"));
    document.querySelector("[data-add-parameter]").focus();
  });
  document.querySelector("[data-add-parameter]").addEventListener("click", () => addRow().querySelector("input").focus());

  house.parameters = () => every().map((row) => ({
    name: field(row, "name").value.trim(), label: field(row, "label").value.trim(), kind: field(row, "kind").value,
  })).filter((it) => it.name);

  // an expression with a parameter by its new name; texts in quotes and fields of facts stay
  house.renamed = (text, from, to) => text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\.?[A-Za-z_]\w*/g, (it) => (it === from ? to : it));

  // a parameter for a place where there was none: its label says what stands there
  house.newParameter = ({ label, kind }) => {
    const taken = new Set([...house.parameters().map((it) => it.name), ...(house.factNames ?? [])]);
    const row = every().find((it) => !field(it, "name").value && !field(it, "label").value) ?? addRow();
    const stem = nameOf(label) || "value";
    let name = stem;
    for (let number = 2; taken.has(name); number += 1) name = `${stem}_${number}`;
    field(row, "label").value = label[0].toUpperCase() + label.slice(1);
    field(row, "name").value = name;
    field(row, "kind").value = kind;
    named.set(row, name);
    arrange(row);
    tell("parameters");
    form.dispatchEvent(new Event("input"));
    return name;
  };

  // what the condition may say depends on the parameters
  rows.addEventListener("parameters", () => document.getElementById("id_condition").dispatchEvent(new Event("input")));
})();
