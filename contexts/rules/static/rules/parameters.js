// The parameters of a template: rows added and removed, each with the fields of its kind; a name follows its label.
(() => {
  "use strict";
  const rows = document.getElementById("parameters");
  const empty = document.getElementById("parameter-row");
  const form = document.getElementById("rule-form");
  if (!rows || !form) return;

  let next = rows.querySelectorAll("[data-parameter]").length;
  const own = new WeakSet(); // names that somebody wrote

  const arrange = (row) => {
    const kind = row.querySelector("[data-parameter-kind]").value;
    row.querySelector("[data-choices]").hidden = kind !== "choice";
    for (const bounds of row.querySelectorAll("[data-bounds]")) bounds.hidden = kind === "choice" || kind === "yes_no";
  };

  const begin = (row) => {
    const name = row.querySelector("[data-parameter-name]");
    if (name.value && !("follows" in row.dataset)) own.add(name);
    arrange(row);
  };

  rows.addEventListener("change", (event) => {
    if (event.target.matches("[data-parameter-kind]")) arrange(event.target.closest("[data-parameter]"));
  });
  rows.addEventListener("input", (event) => {
    const row = event.target.closest("[data-parameter]");
    const name = row.querySelector("[data-parameter-name]");
    if (event.target === name) own.add(name);
    if (!event.target.matches("[data-parameter-label]") || own.has(name)) return;
    const plain = event.target.value.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    name.value = plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "").slice(0, 60);
  });
  for (const row of rows.querySelectorAll("[data-parameter]")) begin(row);
  if (!empty) return; // where values of a rule become parameters, there are no others

  rows.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove-parameter]")) return;
    event.target.closest("[data-parameter]").remove();
    form.dispatchEvent(new Event("input"));
    document.querySelector("[data-add-parameter]").focus();
  });
  document.querySelector("[data-add-parameter]").addEventListener("click", () => {
    rows.insertAdjacentHTML("beforeend", empty.innerHTML.replaceAll("__index__", String(next++)));
    begin(rows.lastElementChild);
    rows.lastElementChild.querySelector("input").focus();
  });

  // what the condition may say depends on the parameters
  rows.addEventListener("change", () => document.getElementById("id_condition").dispatchEvent(new Event("input")));
})();
