// A decision table as a grid: written like a sheet, checked by the server cell by cell, kept in the form's field as JSON.
(() => {
  "use strict";
  const house = (window.verdict ??= {});
  const home = document.getElementById("table-writing");
  const form = document.getElementById("rule-form");
  const kept = document.getElementById("id_table");
  const modes = document.querySelector("[data-gives]");
  if (!home || !form || !kept || !modes || !house.combobox) return;

  const PAUSE = 350;
  const MOST_ROWS = 1000;
  const grid = document.getElementById("grid");
  const said = document.getElementById("grid-said");
  const listed = document.getElementById("grid-faults");
  const policy = document.getElementById("table-policy");
  const effects = document.getElementById("all-effects");
  const condition = document.getElementById("id_condition");
  const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const offers = JSON.parse(document.getElementById("grid-offers").textContent);
  const vocabulary = document.getElementById("vocabulary");
  const facts = vocabulary ? JSON.parse(vocabulary.textContent).facts.filter((it) => !it.fields.length) : [];

  const fresh = () => ({
    inputs: [{ expression: facts.find((it) => it.type === "int")?.path ?? facts[0]?.path ?? "", type: "" }],
    outputs: [{ effect: offers.gives[0].effect, param: offers.gives[0].param, values: [] }],
    rows: [{ cells: ["-"], gives: [""], reason: "" }],
    hit_policy: "first",
  });
  let table = kept.value ? JSON.parse(kept.value) : null;
  let [row, column] = [0, 0];
  let editor = null;
  let leaving = false;
  let faults = [];
  let timer = 0;
  let asked = 0;

  const tell = (text) => { said.textContent = ""; setTimeout(() => { said.textContent = text; }, 30); };
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, is] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), is);
      else if (is !== undefined && is !== null && is !== false) made.setAttribute(name, is === true ? "" : is);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  // the cells of a row in their columns: conditions, results, and the words on the receipt
  const width = () => table.inputs.length + table.outputs.length + 1;
  const kindOf = (at) => (at < table.inputs.length ? "cells" : at < width() - 1 ? "gives" : "reason");
  const placeIn = (at) => (kindOf(at) === "gives" ? at - table.inputs.length : at);
  const labelOf = (at) => {
    if (kindOf(at) === "reason") return "Receipt";
    if (kindOf(at) === "gives") return table.outputs[placeIn(at)].param;
    const { expression } = table.inputs[at];
    return facts.find((it) => it.path === expression)?.label ?? expression;
  };
  const read = (r, c) => (kindOf(c) === "reason" ? table.rows[r].reason ?? "" : table.rows[r][kindOf(c)][placeIn(c)]);
  const numberIn = (c, text) => {
    const { effect, param } = table.outputs[placeIn(c)];
    const offer = offers.gives.find((it) => it.effect === effect && it.param === param);
    return offer?.number ? house.numberOf(text, offer.percent) : text;
  };
  const write = (r, c, text) => {
    const plain = kindOf(c) === "gives" ? numberIn(c, text.trim()) : text.trim();
    if (kindOf(c) === "reason") table.rows[r].reason = plain;
    else table.rows[r][kindOf(c)][placeIn(c)] = plain || (kindOf(c) === "cells" ? "-" : "");
  };
  const emptyRow = () => ({ cells: table.inputs.map(() => "-"), gives: table.outputs.map(() => ""), reason: "" });
  const pointerOf = (r, c) => `/table/rows/${r}${kindOf(c) === "reason" ? "/reason" : `/${kindOf(c)}/${placeIn(c)}`}`;

  // asking the server

  const keep = () => { kept.value = table ? JSON.stringify(table) : ""; };
  const ask = async (where, body) => {
    const answer = await fetch(where, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": csrf }, body });
    if (!(answer.headers.get("Content-Type") ?? "").includes("json")) throw new Error(`The server answered ${answer.status}.`);
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail ?? `The server answered ${answer.status}.`);
    return told;
  };
  const check = async () => {
    const mine = ++asked;
    const sent = kept.value;
    if (!sent) return;
    try {
      const told = await ask(home.dataset.check, new FormData(form));
      if (mine !== asked || sent !== kept.value) return; // somebody went on; that is checked next
      const before = JSON.stringify(table.rows);
      told.table.rows.forEach((line, number) => [...line.cells, ...line.gives].forEach((cell, at) => {
        if (!(editor && row === number && column === at)) table.rows[number][kindOf(at)][placeIn(at)] = cell;
      }));
      if (JSON.stringify(table.rows) !== before) { keep(); draw(); tell("Words were put in quotes, and numbers written plainly."); }
      faults = told.faults.filter((it) => it.pointer.startsWith("/table"));
      showFaults();
    } catch (fault) {
      if (mine === asked) listed.replaceChildren(element("p", { class: "v-help" }, fault.message));
    }
  };
  const changed = (words) => {
    keep();
    document.getElementById("grid-findings").replaceChildren();
    if (words) tell(words);
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // showing

  const cellAt = (r, c) => grid.querySelector(`td[data-at="${r}:${c}"]`);
  const fillCell = (cell, r, c) => {
    const text = read(r, c);
    const any = kindOf(c) === "cells" && (text === "-" || text === "");
    const none = kindOf(c) === "gives" && (text === "-" || text === "");
    cell.replaceChildren(element("span", { class: any || none ? "v-any" : "v-cell" }, any ? "any" : none ? "nothing" : text));
    cell.setAttribute("aria-label", `${labelOf(c)}, row ${r + 1}: ${any ? "any" : none ? "nothing" : text || "the rule's words"}`);
    const fault = faults.find((it) => it.pointer === pointerOf(r, c));
    cell.toggleAttribute("data-faulty", Boolean(fault));
    if (fault) {
      const id = `fault-${r}-${c}`;
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", id);
      cell.append(element("span", { class: "v-cellfault", id }, fault.message));
    } else { cell.removeAttribute("aria-invalid"); cell.removeAttribute("aria-describedby"); }
  };
  const showFaults = () => {
    table.rows.forEach((_, r) => { for (let c = 0; c < width(); c += 1) if (!(editor && r === row && c === column)) fillCell(cellAt(r, c), r, c); });
    for (const head of grid.querySelectorAll("thead th[data-column]")) {
      const at = Number(head.dataset.column);
      const stem = kindOf(at) === "cells" ? `/table/inputs/${at}` : `/table/outputs/${placeIn(at)}`;
      const fault = kindOf(at) === "reason" ? null : faults.find((it) => it.pointer.startsWith(`${stem}/`));
      head.querySelector(".v-cellfault")?.remove();
      if (fault) head.append(element("span", { class: "v-cellfault" }, fault.message));
    }
    const elsewhere = faults.filter((it) => !/\/(cells|gives)\/\d+$|\/(inputs|outputs)\/\d+\//.test(it.pointer));
    const count = faults.length;
    listed.dataset.state = count ? "fault" : "sound";
    const summary = count ? `${count === 1 ? "One place is" : `${count} places are`} not sound.` : `Every cell of ${table.rows.length === 1 ? "the row" : `the ${table.rows.length} rows`} is sound.`;
    listed.replaceChildren(
      element("p", { class: count ? "v-fault" : "v-words" }, summary),
      ...elsewhere.map((it) => element("p", { class: "v-fault" }, `${/rows\/(\d+)/.test(it.pointer) ? `Row ${Number(it.pointer.match(/rows\/(\d+)/)[1]) + 1}: ` : ""}${it.message}`)),
    );
    const first = faults.map((it) => it.pointer.match(/rows\/(\d+)\/(cells|gives)\/(\d+)/)).find(Boolean);
    if (first) {
      const at = first[2] === "cells" ? Number(first[3]) : table.inputs.length + Number(first[3]);
      listed.firstChild.append(" ", element("button", { type: "button", class: "v-place", onclick: () => go(Number(first[1]), at) }, `Go to row ${Number(first[1]) + 1}`));
    }
  };

  const removeColumn = (at) => {
    const name = labelOf(at);
    const kind = kindOf(at);
    if (kind === "reason" || (kind === "gives" && table.outputs.length === 1)) { tell(kind === "reason" ? "The words on the receipt stay." : "A table gives something: this column stays."); return; }
    const place = placeIn(at);
    table[kind === "cells" ? "inputs" : "outputs"].splice(place, 1);
    for (const line of table.rows) line[kind].splice(place, 1);
    faults = [];
    draw();
    go(row, column);
    changed(`Column ${name} removed`);
  };
  // words that name a fact mean it; anything else is an expression
  const meant = (typed) => {
    const words = typed.toLowerCase().split(/\s+/);
    const named = facts.find((it) => it.path === typed || it.label.toLowerCase() === typed.toLowerCase());
    const close = /^[\p{L}\p{N}_' ]+$/u.test(typed) ? facts.find((it) => words.every((word) => `${it.label} ${it.path}`.toLowerCase().includes(word))) : undefined;
    return (named ?? close)?.path ?? typed;
  };
  const heading = (at) => {
    if (kindOf(at) === "reason") return element("th", { scope: "col", role: "columnheader", "data-column": at }, element("span", { class: "v-head-name" }, "Receipt"));
    const place = placeIn(at);
    let field;
    if (kindOf(at) === "cells") {
      field = house.combobox({
        label: `Fact of column ${at + 1}`,
        value: table.inputs[place].expression,
        options: () => facts.map((it) => ({ value: it.path, label: it.label, about: it.path })),
        free: true,
        placeholder: "Fact",
        chosen: (it) => { table.inputs[place] = { expression: meant(it), type: "" }; draw(); go(0, at); changed(`Column ${at + 1} is ${labelOf(at)}`); },
      });
    } else {
      const now = table.outputs[place];
      field = element("select", { class: "v-input", "aria-label": `Result of column ${at + 1}`, onchange: (event) => {
        const { effect, param } = offers.gives[Number(event.target.value)];
        table.outputs[place] = { effect, param, values: [] };
        draw();
        go(0, at);
        changed();
      } }, ...offers.gives.map((it, number) => element("option", { value: number, selected: it.effect === now.effect && it.param === now.param }, it.label)));
    }
    return element("th", { scope: "col", role: "columnheader", "data-column": at, class: kindOf(at) === "gives" ? "v-gives" : "" }, element("div", { class: "v-heading" }, field));
  };
  const drawRow = (r) => element("tr", { role: "row", "aria-rowindex": r + 2 },
    element("th", { scope: "row", role: "rowheader" }, String(r + 1)),
    ...Array.from({ length: width() }, (_, c) => {
      const cell = element("td", { role: "gridcell", tabindex: r === row && c === column ? 0 : -1, "data-at": `${r}:${c}`, class: kindOf(c) === "gives" ? "v-gives" : kindOf(c) === "reason" ? "v-reason-cell" : "" });
      fillCell(cell, r, c);
      return cell;
    }));
  const draw = () => {
    editor = null;
    policy.value = table.hit_policy;
    row = Math.min(row, table.rows.length - 1);
    column = Math.min(column, width() - 1);
    grid.setAttribute("aria-rowcount", String(table.rows.length + 1));
    grid.setAttribute("aria-colcount", String(width() + 1));
    grid.replaceChildren(
      element("thead", {}, element("tr", { role: "row", "aria-rowindex": 1 }, element("th", { scope: "col", role: "columnheader" }, element("span", { class: "v-hidden" }, "Row")), ...Array.from({ length: width() }, (_, c) => heading(c)))),
      element("tbody", {}, ...table.rows.map((_, r) => drawRow(r))),
    );
  };

  // moving and editing

  const go = (r, c, focus = true) => {
    const before = cellAt(row, column);
    if (before) before.tabIndex = -1;
    row = Math.max(0, Math.min(r, table.rows.length - 1));
    column = Math.max(0, Math.min(c, width() - 1));
    const cell = cellAt(row, column);
    cell.tabIndex = 0;
    if (focus) cell.focus();
  };
  const commit = () => {
    if (!editor) return;
    const text = editor.value;
    const was = read(row, column);
    editor = null;
    write(row, column, text);
    if (read(row, column) !== was) faults = faults.filter((it) => it.pointer !== pointerOf(row, column));
    fillCell(cellAt(row, column), row, column);
    if (read(row, column) !== was) changed();
  };
  const cancel = () => { editor = null; fillCell(cellAt(row, column), row, column); cellAt(row, column).focus(); };
  const edit = (begin) => {
    const cell = cellAt(row, column);
    const now = read(row, column);
    editor = element("input", { class: "v-cell-input", "aria-label": `${labelOf(column)}, row ${row + 1}`, spellcheck: "false", autocomplete: "off", value: begin ?? (now === "-" ? "" : now) });
    cell.replaceChildren(editor);
    editor.focus();
    editor.setSelectionRange(editor.value.length, editor.value.length);
    editor.addEventListener("input", (event) => event.stopPropagation()); // what is half written is not yet the table
    const own = editor;
    own.addEventListener("blur", () => { if (editor === own) commit(); });
  };
  const next = (by) => {
    const at = row * width() + column + by;
    if (at < 0 || at >= table.rows.length * width()) return false;
    go(Math.floor(at / width()), at % width());
    return true;
  };
  const addRow = (at = table.rows.length) => {
    if (table.rows.length >= MOST_ROWS) return tell(`A table has at most ${MOST_ROWS} rows.`);
    table.rows.splice(at, 0, emptyRow());
    faults = [];
    row = at;
    draw();
    go(at, 0);
    return changed(`Row ${at + 1} added`);
  };
  const removeRow = () => {
    const number = row + 1;
    table.rows.splice(row, 1);
    if (!table.rows.length) table.rows.push(emptyRow());
    faults = [];
    draw();
    go(row, column);
    changed(`Row ${number} removed`);
  };
  const swap = (list, from, to) => { [list[from], list[to]] = [list[to], list[from]]; };
  const moveRow = (by) => {
    if (row + by < 0 || row + by >= table.rows.length) return;
    swap(table.rows, row, row + by);
    row += by;
    faults = [];
    draw();
    go(row, column);
    changed(`It is row ${row + 1} now`);
  };
  const moveColumn = (by) => {
    const kind = kindOf(column);
    if (kind === "reason" || column + by < 0 || kindOf(column + by) !== kind) return;
    const place = placeIn(column);
    swap(table[kind === "cells" ? "inputs" : "outputs"], place, place + by);
    for (const line of table.rows) swap(line[kind], place, place + by);
    column += by;
    faults = [];
    draw();
    go(row, column);
    changed(`It is column ${column + 1} now`);
  };
  const addColumn = (kind) => {
    if (kind === "inputs") {
      const used = new Set(table.inputs.map((it) => it.expression));
      table.inputs.push({ expression: facts.find((it) => !used.has(it.path))?.path ?? "", type: "" });
      for (const line of table.rows) line.cells.push("-");
    } else {
      const used = new Set(table.outputs.map((it) => `${it.effect}.${it.param}`));
      const free = offers.gives.find((it) => !used.has(`${it.effect}.${it.param}`));
      if (!free) return tell("Every result has a column already.");
      table.outputs.push({ effect: free.effect, param: free.param, values: [] });
      for (const line of table.rows) line.gives.push("");
    }
    faults = [];
    draw();
    const at = kind === "inputs" ? table.inputs.length - 1 : width() - 2;
    grid.querySelector(`th[data-column="${at}"] :is(input, select)`).focus();
    return changed("Column added");
  };

  const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const whileWriting = (event) => {
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); cancel(); return; }
    if (event.key !== "Enter" && event.key !== "Tab") return;
    event.preventDefault();
    commit();
    if (event.key === "Tab") { if (!next(event.shiftKey ? -1 : 1)) go(row, column); return; }
    if (event.shiftKey) go(row - 1, column);
    else if (row + 1 < table.rows.length) go(row + 1, column);
    else { const at = column; addRow(); go(row, at); }
  };
  grid.addEventListener("keydown", (event) => {
    if (!event.target.closest("tbody")) return;
    if (editor) { whileWriting(event); return; }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key in KEYS && event.altKey) {
      event.preventDefault();
      const [down, right] = KEYS[event.key];
      if (down) moveRow(down); else moveColumn(right);
    } else if (event.key in KEYS && plain) {
      event.preventDefault();
      go(row + KEYS[event.key][0], column + KEYS[event.key][1]);
    } else if (event.key === "Tab" && !leaving) {
      if (next(event.shiftKey ? -1 : 1)) event.preventDefault();
    } else if (event.key === "Escape") {
      leaving = true;
      tell("Tab leaves the table now.");
      return;
    } else if ((event.key === "Home" || event.key === "End")) {
      event.preventDefault();
      go(event.ctrlKey ? (event.key === "Home" ? 0 : table.rows.length - 1) : row, event.key === "Home" ? 0 : width() - 1);
    } else if ((event.key === "Enter" && event.ctrlKey)) {
      event.preventDefault();
      addRow(row + 1);
    } else if ((event.key === "Enter" || event.key === "F2") && plain) {
      event.preventDefault();
      edit();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      write(row, column, "");
      fillCell(cellAt(row, column), row, column);
      changed(`Row ${row + 1}, ${labelOf(column)} emptied`);
    } else if (event.key.length === 1 && plain) {
      event.preventDefault();
      edit(event.key);
    }
    leaving = false;
  });
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td[data-at]");
    if (!cell || editor) return;
    const [r, c] = cell.dataset.at.split(":").map(Number);
    if (r !== row || c !== column) go(r, c, false);
  });
  grid.addEventListener("dblclick", (event) => { if (event.target.closest("td[data-at]") && !editor) edit(); });

  grid.addEventListener("copy", (event) => {
    if (editor || !event.target.closest("td[data-at]")) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", house.textOf([[read(row, column)]]));
  });
  grid.addEventListener("paste", (event) => {
    if (editor || !event.target.closest("td[data-at]")) return;
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain");
    const lines = house.cellsOf(text);
    if (lines[0].some((it) => /^gives\s+\S+\.\S+/.test(it))) { replace(new URLSearchParams({ sheet: text })); return; } // a sheet with its header
    const room = Math.min(lines.length, MOST_ROWS - row);
    const wide = Math.max(...lines.map((it) => it.length));
    for (let r = 0; r < room; r += 1) {
      if (row + r >= table.rows.length) table.rows.push(emptyRow());
      lines[r].slice(0, width() - column).forEach((cell, c) => write(row + r, column + c, cell));
    }
    faults = [];
    draw();
    go(row, column);
    const lost = wide - (width() - column);
    const cut = lost > 0 ? ` ${lost === 1 ? "One column" : `${lost} columns`} found no place: add columns and paste again.` : "";
    changed(`${room} ${room === 1 ? "row" : "rows"} pasted.${cut}`);
    if (cut || room < lines.length) {
      listed.dataset.state = "unknown";
      listed.replaceChildren(element("p", { class: "v-fault" }, `${room} rows pasted.${cut}`));
    }
  });

  home.querySelector("[role=toolbar]").addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    const acts = {
      "add-row": () => addRow(), "remove-row": removeRow, "remove-column": () => removeColumn(column), "row-up": () => moveRow(-1), "row-down": () => moveRow(1),
      "column-left": () => moveColumn(-1), "column-right": () => moveColumn(1),
      "add-input": () => addColumn("inputs"), "add-output": () => addColumn("outputs"),
    };
    if (act) acts[act]();
  });
  policy.addEventListener("change", () => { table.hit_policy = policy.value; changed(); });

  // files, and what the proofs say

  const replace = async (body) => {
    try {
      const told = await ask(home.dataset.read, body);
      table = told.table;
      [row, column, faults] = [0, 0, []];
      draw();
      go(0, 0);
      changed(`The table has ${table.rows.length} rows now.`);
    } catch (fault) {
      listed.dataset.state = "fault";
      listed.replaceChildren(element("p", { class: "v-fault", role: "alert" }, fault.message));
    }
  };
  document.getElementById("table-upload").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    const body = new FormData();
    body.append("file", file);
    replace(body);
  });
  home.addEventListener("click", async (event) => {
    const kind = event.target.closest("[data-download]")?.dataset.download;
    if (kind) {
      const answer = await fetch(home.dataset.file.replace("/csv/", `/${kind}/`), { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams({ table: kept.value }) });
      if (!answer.ok) { tell("It could not be downloaded."); return; }
      const link = element("a", { href: URL.createObjectURL(await answer.blob()), download: `${document.getElementById("id_slug")?.value || "decision-table"}.${kind}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
    if (event.target.closest("[data-look]")) {
      const shown = document.getElementById("grid-findings");
      shown.replaceChildren(element("p", { class: "v-help" }, "Looking…"));
      const answer = await fetch(home.dataset.findings, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": csrf }, body: new FormData(form) });
      shown.innerHTML = answer.ok ? await answer.text() : "";
      if (!answer.ok) tell("It could not be looked at.");
    }
  });

  // effects or a table: one of both is sent

  const whenTitle = document.getElementById("when-title");
  let asksNothing = false;
  let other = null; // the table of whoever goes to the effects and comes back
  const choose = (give, focus) => {
    const isTable = give === "table";
    home.hidden = !isTable;
    effects.hidden = isTable;
    effects.disabled = isTable;
    for (const it of modes.querySelectorAll("[data-give]")) it.setAttribute("aria-pressed", String(it.dataset.give === give));
    if (isTable && !table) table = other ?? fresh();
    if (!isTable && table) { other = table; table = null; }
    keep();
    // what all rows ask beside their cells is nothing, until somebody says otherwise
    const [from, to] = isTable ? ["", "true"] : ["true", ""];
    if (condition.value.trim() === from && (isTable || asksNothing)) {
      asksNothing = isTable;
      condition.value = to;
      condition.dispatchEvent(new Event("input", { bubbles: true }));
    }
    whenTitle.textContent = isTable ? "When it is asked" : "When it applies";
    if (!isTable) return;
    draw();
    if (focus) go(0, 0);
    check();
  };
  modes.hidden = false;
  modes.addEventListener("click", (event) => {
    const give = event.target.closest("[data-give]")?.dataset.give;
    if (!give) return;
    choose(give, true);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", () => { commit(); keep(); }, { capture: true });
  if (table) choose("table", false);
})();
