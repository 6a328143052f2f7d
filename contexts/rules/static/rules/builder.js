// The builder: a condition as rows and groups that are picked. The server reads the text into parts and writes parts as text.
(() => {
  "use strict";
  const house = (window.verdict ??= {});
  const home = document.getElementById("builder");
  const form = document.getElementById("rule-form");
  const condition = document.getElementById("id_condition");
  if (!home || !form || !condition || !house.combobox) return;

  const PAUSE = 200;
  const KEPT = "verdict.condition";
  const page = document.querySelector("[data-writing]");
  const said = document.getElementById("builder-said");
  const modes = document.querySelector("[data-modes]");
  const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const { facts } = JSON.parse(document.getElementById("vocabulary").textContent);
  const lists = facts.filter((fact) => fact.fields.length);
  const every = [...new Map(facts.flatMap((fact) => [fact, ...fact.fields]).flatMap((fact) => fact.operators).map((it) => [it.name, it])).values()];
  const KINDS = { string: "text", int: "number", decimal: "number", bool: "boolean", timestamp: "moment" };
  const OF = { all: "All of these hold", any: "At least one of these holds", none: "None of these holds" };
  const IT = "it";

  let root = { part: "group", of: "all", parts: [] };
  let mode = "text";
  let timer = 0;
  let pending = 0;
  let writing = Promise.resolve();
  let own = false;
  const elements = new WeakMap();

  const tell = (text) => { said.textContent = ""; setTimeout(() => { said.textContent = text; }, 30); };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, is] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), is);
      else if (is !== undefined && is !== null && is !== false) made.setAttribute(name, is === true ? "" : is);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  };
  const icon = (name) => element("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);
  const button = (text, act, sign = "add") => element("button", { type: "button", class: "v-button v-quiet", onclick: act }, icon(sign), text);
  const select = (label, options, value, chosen) => {
    const made = element("select", { class: "v-input", "aria-label": label, onchange: () => chosen(made.value) });
    made.append(...options.map(([name, words]) => element("option", { value: name, selected: name === value }, words)));
    return made;
  };

  // asking the server

  const ask = async (where, body) => {
    const answer = await fetch(where, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": csrf }, body: new URLSearchParams(body) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail ?? `The server answered ${answer.status}.`);
    return told;
  };

  // of a template: `fact in tiers` is written with the list as its subject, and shown with the fact as its
  const parameters = () => house.parameters?.() ?? [];
  const isParameter = (value, kinds) => value?.kind === "fact" && parameters().some((it) => it.name === value.written && (!kinds || kinds.includes(it.kind)));
  const TURNED = { includes: "in", "not includes": "not in", in: "includes", "not in": "not includes" };
  const turnedRow = (part) => {
    const [value] = part.values;
    const list = { kind: "fact", written: part.fact };
    if (part.operator.endsWith("includes") ? value?.kind === "fact" && isParameter(list) : part.operator in TURNED && isParameter(value, ["list"])) {
      return { ...part, fact: value.written, operator: TURNED[part.operator], values: [list] };
    }
    return part;
  };
  const turnedTree = (part) => {
    if (part?.part === "fact") return turnedRow(part);
    if (part?.part === "group") return { ...part, parts: part.parts.map(turnedTree) };
    return part?.where ? { ...part, where: turnedTree(part.where) } : part;
  };

  const partAt = (pointer) => pointer.split("/").slice(1).reduce(([found, holder], step) => {
    const next = holder?.[step];
    return [next?.part ? next : found, next];
  }, [root, root])[0];

  const showFaults = (faults) => {
    for (const old of home.querySelectorAll("[data-fault]")) old.remove();
    for (const marked of home.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
    faults.forEach((fault, number) => {
      const row = elements.get(partAt(fault.pointer));
      const place = fault.pointer.includes("/value") ? ".v-part-rest > :not(select) input, .v-part-rest > input" : "input, textarea, select";
      const field = row?.querySelector(place);
      row?.append(element("p", { class: "v-fault", "data-fault": true, id: `builder-fault-${number}` }, fault.message));
      field?.setAttribute("aria-invalid", "true");
      field?.setAttribute("aria-describedby", `builder-fault-${number}`);
    });
  };

  const write = async () => {
    clearTimeout(timer);
    timer = 0;
    const sent = JSON.stringify(root);
    pending += 1;
    try {
      const told = await ask(home.dataset.write, { tree: JSON.stringify(turnedTree(root)) });
      if (sent !== JSON.stringify(root)) return; // somebody went on; that is written next
      condition.value = told.condition;
      last = told.condition;
      seen = told.condition;
      const count = told.faults.length;
      const missing = count ? `${count === 1 ? "One part is" : `${count} parts are`} not finished: ${told.faults[0].message}` : "";
      if (missing) condition.dataset.unfinished = missing; else delete condition.dataset.unfinished;
      showFaults(touched ? told.faults : []);
    } catch (fault) {
      condition.dataset.unfinished = `The builder could not write the condition: ${fault.message}`;
    } finally {
      pending -= 1;
    }
    own = true;
    condition.dispatchEvent(new Event("input", { bubbles: true }));
    own = false;
  };

  let touched = false;
  let last = null; // what the builder wrote: as long as it stands there, what is shown needs no reading
  let seen = null; // the text that is shown: an event that changes nothing of it is none
  const changed = (words) => {
    if (words) tell(words);
    clearTimeout(timer);
    timer = setTimeout(() => { writing = write(); }, PAUSE);
  };
  // whoever needs the text waits for what was changed last
  house.written = async () => {
    if (mode === "builder" && document.activeElement?.closest("#builder")) document.activeElement.dispatchEvent(new Event("blur"));
    if (timer) { touched = true; writing = write(); }
    await writing;
  };

  // facts and values

  const scopeOf = (variable, list) => {
    const item = list.fields.map((fact) => ({ ...fact, path: variable + fact.path.slice(IT.length), label: fact.label }));
    return [...item, ...facts.filter((fact) => !fact.fields.length)];
  };
  const known = (scope, path) => scope.find((fact) => fact.path === path);
  const offered = (scope) => () => scope.filter((fact) => fact.operators.length).map((fact) => ({ value: fact.path, label: fact.label, about: fact.about }));

  const kindOf = (fact, written = "") => KINDS[fact?.type] ?? (/^-?\d+(\.\d+)?$/.test(written) ? "number" : "text");

  // a value's field: what is typed becomes the value, an empty one is none
  const valueField = (row, at, fact, scope, label, suggestions) => {
    const value = row.values[at];
    const kind = value?.kind ?? kindOf(fact);
    const keep = (written, as = kind) => {
      if (written === "" || written === null) row.values.splice(at, 1);
      else row.values[at] = { kind: as, written };
      row.kept?.();
      changed();
    };
    if (kind === "fact") {
      return house.combobox({ label: `${label}, another fact`, value: value?.written ?? "", options: offered(scope), placeholder: "Find a fact", chosen: (path) => keep(path, "fact") });
    }
    if (kind === "boolean") return select(label, [["", "…"], ["true", "yes"], ["false", "no"]], value?.written ?? "", (it) => keep(it));
    if (kind === "moment") return momentField(value, label, keep);
    if (kind === "number") {
      const plain = (text) => text.trim().replace(",", ".");
      const input = element("input", { class: "v-input", "aria-label": label, inputmode: "decimal", autocomplete: "off", placeholder: "a number", oninput: () => keep(plain(input.value)) });
      input.value = value?.written ?? "";
      return input;
    }
    const loose = !KINDS[fact?.type];
    const options = () => suggestions.map((it) => ({ value: it, label: it }));
    const box = house.combobox({ label, value: value?.written ?? "", options, free: true, placeholder: value ? "empty text" : "a value", chosen: (it) => keep(it, loose ? kindOf(null, it) : "text") });
    return box;
  };

  // a value that is filled in: one of the template's parameters, or a new one called as the fact is
  const NUMBERS = ["decimal", "number", "money", "percent"];
  const FILLED = { text: ["text", "choice"], number: NUMBERS, boolean: ["yes_no"], moment: ["moment"], several: ["list"] };
  const fitting = (fact, takes) => {
    if (takes === "several") return FILLED.several;
    return fact?.type === "int" ? ["number", "decimal", "money", "percent"] : FILLED[kindOf(fact)];
  };
  const newParameter = (fact, takes, label) => ({ kind: "fact", written: house.newParameter({ label: plainLabel(fact) || label, kind: fitting(fact, takes)[0] }) });
  const plainLabel = (fact) => fact?.label.replace(/^.*'s /, "");
  const blankField = (fact, takes, value, chosen, redraw) => {
    const kinds = fitting(fact, takes);
    const options = () => [...parameters().filter((it) => kinds.includes(it.kind) || it.name === value.written).map((it) => [it.name, it.label || it.name]), ["", "New parameter…"]];
    const field = select("Filled in as", options(), value.written, (name) => chosen(name ? { kind: "fact", written: name } : newParameter(fact, takes, "Value")));
    field.dataset.blank = "";
    // the row stays: a click in it may begin while a label changes
    field.refresh = () => {
      if (!isParameter(value)) return redraw();
      return field.replaceChildren(...options().map(([name, words]) => element("option", { value: name, selected: name === value.written }, words)));
    };
    return field;
  };
  const blankButton = (fact, takes, isBlank, chosen) => {
    const words = isBlank ? "Compare with a value" : "Leave it to be filled in";
    const act = () => {
      if (isBlank) return chosen(null);
      const kinds = fitting(fact, takes);
      const free = parameters().find((it) => kinds.includes(it.kind) && !written(root).includes(it.name));
      return chosen(free ? { kind: "fact", written: free.name } : newParameter(fact, takes, "Value"));
    };
    return element("button", { type: "button", class: "v-icon v-turn", title: words, "aria-label": words, onclick: act }, icon(isBlank ? "edit" : "edit_note"));
  };
  const written = (part) => [...(part.values ?? []), ...(part.value ? [part.value] : [])].map((it) => it.written).concat(...(part.parts ?? []).map(written), ...(part.where ? [written(part.where)] : []));

  const momentField = (value, label, keep) => {
    const plain = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:00)?Z$/.exec(value?.written ?? "");
    if (value && !plain) {
      const input = element("input", { class: "v-input", "aria-label": label, oninput: () => keep(input.value.trim()) });
      input.value = value.written;
      return input;
    }
    const input = element("input", { class: "v-input", type: "datetime-local", "aria-label": `${label}, in UTC`, oninput: () => keep(input.value && `${input.value.slice(0, 16)}:00Z`) });
    input.value = plain?.[1] ?? "";
    return element("span", { class: "v-moment" }, input, element("span", { class: "v-help" }, "UTC"));
  };

  // several values: each a chip that can be removed, and a field for one more
  const severalField = (row, fact, label, suggestions) => {
    const box = element("div", { class: "v-several" });
    const draw = (focus) => {
      const chips = row.values.map((value, at) => element("button", {
        type: "button", class: "v-chip", "aria-label": `Remove ${value.written}`, title: "Remove",
        onclick: () => { row.values.splice(at, 1); draw(true); changed(`${value.written} removed`); },
      }, value.written || "(empty text)", icon("close")));
      const add = (text) => {
        const parts = kindOf(fact) === "number" ? text.split(/[\s;]+/) : [text];
        const fresh = parts.map((it) => it.trim()).filter((it) => it && !row.values.some((value) => value.written === it));
        for (const written of fresh) row.values.push({ kind: kindOf(fact, written), written });
        if (!fresh.length) return more.clear();
        draw(document.activeElement === more.input);
        return changed(`${fresh.join(", ")} added`);
      };
      const left = () => suggestions.filter((it) => !row.values.some((value) => value.written === it)).map((it) => ({ value: it, label: it }));
      const more = house.combobox({ label: `${label}, one more`, value: "", options: left, free: true, placeholder: row.values.length ? "one more" : "a value, then Enter", chosen: (it) => it && add(it) });
      box.replaceChildren(...chips, more);
      if (focus) more.input.focus();
    };
    draw(false);
    return box;
  };

  // rows

  const removal = (part, siblings, row, what) => element("button", {
    type: "button", class: "v-icon", "aria-label": `Remove ${what}`, title: `Remove ${what}`,
    onclick: () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      const group = row.parentElement.closest("[data-group]");
      siblings.splice(siblings.indexOf(part), 1);
      row.remove();
      (next?.querySelector("input, select, textarea") ?? group.querySelector(":scope > .v-adding button")).focus();
      changed(`${what[0].toUpperCase()}${what.slice(1)} removed`);
    },
  }, icon("close"));

  const framed = (part, siblings, what, ...inside) => {
    const row = element("div", { class: "v-part", role: "group", "aria-label": what });
    const fields = element("div", { class: "v-part-fields" }, ...inside);
    row.append(fields, removal(part, siblings, row, what));
    elements.set(part, row);
    return row;
  };

  const factRow = (part, siblings, scope) => {
    const rest = element("div", { class: "v-part-rest" });
    const operators = () => {
      const fact = known(scope, part.fact);
      const fits = fact?.operators.length ? [...fact.operators] : [...every];
      if (fits.some((it) => it.name === part.operator)) return fits;
      return [...fits, every.find((it) => it.name === part.operator) ?? { name: part.operator, words: part.operator || "…", takes: "one" }];
    };
    const takes = () => operators().find((it) => it.name === part.operator).takes;
    const turned = (to) => {
      part.values = to === "fact" ? [{ kind: "fact", written: "" }] : [];
      drawValues();
      rest.querySelector("select").nextElementSibling.querySelector("input")?.focus();
      changed();
    };
    // the operator's own field stays, so that what is typed in it goes on
    const blank = (value) => {
      part.values = value ? [value] : [];
      drawValues();
      rest.querySelector("select").nextElementSibling.querySelector("input")?.focus();
      if (value) rest.querySelector("select").nextElementSibling.focus();
      changed(value ? "Filled in by a parameter" : "Compared with a value");
    };
    const drawValues = () => {
      const fact = known(scope, part.fact);
      const fields = [];
      if (takes() !== "none" && part.values.length === 1 && isParameter(part.values[0])) {
        fields.push(blankField(fact, takes(), part.values[0], blank, drawValues), blankButton(fact, takes(), true, blank));
        while (rest.children.length > 1) rest.lastElementChild.remove();
        rest.append(...fields);
        return;
      }
      if (takes() === "several") fields.push(severalField(part, fact, "Value", fact?.suggestions ?? []));
      if (takes() === "one") {
        const other = part.values[0]?.kind === "fact";
        const words = other ? "Compare with a value" : "Compare with another fact";
        fields.push(valueField(part, 0, fact, scope, "Value", fact?.suggestions ?? []));
        fields.push(element("button", {
          type: "button", class: "v-icon v-turn", title: words, "aria-label": words, onclick: () => turned(other ? "value" : "fact"),
        }, icon(other ? "edit" : "data_object")));
      }
      if (house.parameters && takes() !== "none") fields.push(blankButton(fact, takes(), false, blank));
      while (rest.children.length > 1) rest.lastElementChild.remove();
      rest.append(...fields);
    };
    const draw = () => {
      rest.replaceChildren(select("Operator", operators().map((it) => [it.name, it.words]), part.operator, (name) => {
        part.operator = name;
        if (takes() === "none") part.values = [];
        if (takes() === "one") part.values = part.values.slice(0, 1);
        drawValues();
        changed();
      }));
      drawValues();
    };
    const pick = house.combobox({
      label: "Fact", value: part.fact, options: offered(scope), placeholder: "Find a fact",
      chosen: (path) => {
        const before = known(scope, part.fact);
        part.fact = path;
        const fact = known(scope, path);
        if (!before || !fact.operators.some((it) => it.name === part.operator)) part.operator = fact.operators[0].name;
        if (before?.type !== fact.type || takes() === "none") part.values = [];
        if (takes() === "one") part.values = part.values.slice(0, 1);
        draw();
        changed();
      },
    });
    draw();
    return framed(part, siblings, "condition", pick, rest);
  };

  const fresh = (scope) => ({ part: "fact", fact: "", operator: scope.find((fact) => fact.operators.length).operators[0].name, values: [] });

  const QUANTIFIERS = { any: (one) => `There is a ${one}`, none: (one) => `There is no ${one}`, every: (one) => `Every ${one} is one`, one: (one) => `There is exactly one ${one}` };
  const listOf = (path) => lists.find((fact) => fact.path === path);
  const itemsRow = (part, siblings) => {
    const list = listOf(part.items);
    const name = list?.one ?? part.items;
    const options = Object.entries(QUANTIFIERS).map(([it, words]) => [it, words(name)]);
    const quantifier = select("How many items", options, part.quantifier, (it) => { part.quantifier = it; changed(); });
    const inner = group(part.where, null, list ? scopeOf(part.variable, list) : facts, { label: `Conditions of the ${name}`, inner: true });
    return framed(part, siblings, `condition about a ${name}`, quantifier, element("span", { class: "v-word" }, "for which"), inner);
  };

  const totalRow = (part, siblings) => {
    const list = listOf(part.items);
    const name = list?.one ?? part.items;
    part.variable ||= IT;
    part.where ??= { part: "group", of: "all", parts: [] };
    const numeric = (list ? scopeOf(part.variable, list) : []).filter((fact) => fact.path.startsWith(`${part.variable}.`) && ["int", "decimal"].includes(fact.type));
    const sums = numeric.map((fact) => [fact.path, `The sum of the ${fact.label}`]);
    if (part.added && !numeric.some((fact) => fact.path === part.added)) sums.push([part.added, `The sum of ${part.added}`]);
    const what = select("What is counted", [["", "The number"], ...sums], part.added, (it) => {
      part.added = it;
      part.form = it ? "filter" : "method";
      changed();
    });
    const inner = group(part.where, null, list ? scopeOf(part.variable, list) : facts, { label: `Which ${name}`, inner: true, empty: `Every ${name} counts.` });
    const relation = select("Operator", every.filter((it) => ["==", "!=", "<", "<=", ">", ">="].includes(it.name)).map((it) => [it.name, RELATION[it.name]]), part.operator, (it) => { part.operator = it; changed(); });
    const held = { values: [part.value], kept: () => { part.value = held.values[0] ?? { kind: "number", written: "" }; } };
    const rest = element("div", { class: "v-part-rest" });
    const drawValue = () => {
      const counted = part.added ? { type: "decimal", label: known(numeric, part.added)?.label ?? "sum" } : { type: "int", label: "number" };
      const blank = (it) => {
        held.values = it ? [it] : [];
        held.kept();
        drawValue();
        rest.children[1].focus();
        changed(it ? "Filled in by a parameter" : "Compared with a value");
      };
      const filled = isParameter(part.value);
      const value = filled ? blankField(counted, "one", part.value, blank, drawValue) : valueField(held, 0, { type: "decimal" }, facts, "Value", []);
      rest.replaceChildren(relation, value, ...(house.parameters ? [blankButton(counted, "one", filled, blank)] : []));
    };
    drawValue();
    return framed(part, siblings, `number or sum of ${name}`, what, element("span", { class: "v-word" }, `of each ${name} for which`), inner, rest);
  };
  const RELATION = { ">=": "is at least", ">": "is more than", "<=": "is at most", "<": "is less than", "==": "is", "!=": "is not" };

  const textRow = (part, siblings) => {
    const input = element("textarea", { class: "v-input v-code", rows: 1, spellcheck: "false", "aria-label": "Condition as text", oninput: () => { part.written = input.value; changed(); } });
    input.value = part.written;
    return framed(part, siblings, "part as text", input, element("p", { class: "v-help" }, "The builder has no fields for this part; it stays as it is written."));
  };

  const ROWS = {
    fact: (part, siblings, scope) => factRow(part, siblings, scope),
    items: (part, siblings) => itemsRow(part, siblings),
    total: (part, siblings) => totalRow(part, siblings),
    text: (part, siblings) => textRow(part, siblings),
    group: (part, siblings, scope, options) => group(part, siblings, scope, options),
  };

  function group(part, siblings, scope, options = {}) {
    const rows = element("div", { class: "v-parts" });
    const frame = element("div", { class: "v-group", "data-group": true, role: "group", "aria-label": options.label ?? "Group of conditions" });
    const deeper = { inner: options.inner };
    const of = select("How the conditions of this group combine", Object.entries(OF), part.of, (it) => { part.of = it; changed(OF[it]); });
    const add = (fresh, what) => {
      part.parts.push(fresh);
      const row = ROWS[fresh.part](fresh, part.parts, scope, deeper);
      rows.append(row);
      row.querySelector(fresh.part === "total" ? "select" : "input").focus();
      changed(`${what} added`);
    };
    const adding = element("div", { class: "v-adding" },
      button("Condition", () => add(fresh(scope), "Condition")),
      button("Group", () => add({ part: "group", of: "any", parts: [fresh(scope)] }, "Group")));
    if (!options.inner) {
      for (const list of lists) {
        adding.append(
          button(`About a ${list.one}`, () => add({ part: "items", items: list.path, quantifier: "any", variable: IT, where: { part: "group", of: "all", parts: [fresh(scopeOf(IT, list))] } }, `Condition about a ${list.one}`)),
          button(`Number or sum of ${list.label}`, () => add({ part: "total", items: list.path, variable: IT, operator: ">=", value: { kind: "number", written: "" }, where: { part: "group", of: "all", parts: [] }, added: "", form: "method" }, "Number or sum")));
      }
    }
    const head = element("div", { class: "v-group-head" }, of);
    if (siblings) head.append(removal(part, siblings, frame, "group"));
    rows.append(...part.parts.map((inner) => ROWS[inner.part](inner, part.parts, scope, deeper)));
    frame.append(head, rows, adding);
    if (options.empty) frame.dataset.empty = options.empty;
    elements.set(part, frame);
    return frame;
  }

  const draw = () => home.replaceChildren(group(root, null, facts, { label: "The condition" }));

  // the two ways to write

  const show = (wanted) => {
    mode = wanted;
    page.dataset.writing = wanted;
    home.hidden = wanted !== "builder";
    for (const choice of modes.children) choice.setAttribute("aria-pressed", String(choice.dataset.mode === wanted));
  };

  const read = async () => {
    const text = condition.value.trim();
    seen = condition.value;
    if (text && condition.value === last) {
      changed();
      return "";
    }
    if (!text) {
      root = { part: "group", of: "all", parts: [fresh(facts)] };
      draw();
      return "";
    }
    const told = await ask(home.dataset.read, { condition: condition.value });
    if (!told.tree) return `The builder cannot read it yet: ${told.faults[0].message}`;
    root = turnedTree(told.tree);
    draw();
    return told.comments ? "The comments in the text are lost as soon as the builder changes it." : "";
  };

  let turning = 0;
  const turn = async (wanted, by) => {
    const mine = ++turning;
    if (wanted === "builder") {
      let fault = "";
      try { fault = await read(); } catch (refused) { fault = refused.message; }
      if (mine !== turning) return; // somebody chose otherwise meanwhile
      if (fault.startsWith("The builder cannot") || (fault && !home.childElementCount)) {
        show("text");
        if (by) { condition.dispatchEvent(new Event("input", { bubbles: true })); tell(fault); condition.focus(); }
        return;
      }
      show("builder");
      if (fault) tell(fault);
      home.dataset.note = fault;
    } else {
      await house.written();
      show("text");
      if (condition.dataset.unfinished) { // from now on the text is checked as it stands
        delete condition.dataset.unfinished;
        condition.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    if (by) {
      localStorage.setItem(KEPT, wanted);
      tell(wanted === "builder" ? "The builder is shown" : "The text is shown");
    }
  };

  modes.hidden = false;
  modes.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-mode]");
    if (choice) turn(choice.dataset.mode, true);
  });
  home.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select") && !event.ctrlKey && !event.metaKey) event.preventDefault();
  });
  // a suggestion that is taken over, or whatever else changes the text, is shown in the builder too
  condition.addEventListener("input", () => { if (!own && mode === "builder" && condition.value !== seen) read(); });

  // what a parameter is called is shown here too, and its name is written here
  house.factNames = facts.map((fact) => fact.path.split(".")[0]);
  const ofTemplate = house.parameters && document.getElementById("parameters");
  const rename = (part, from, to) => {
    if (part.part === "text") part.written = house.renamed(part.written, from, to);
    for (const value of [...(part.values ?? []), part.value]) if (value?.kind === "fact" && value.written === from) value.written = to;
    for (const inner of [...(part.parts ?? []), part.where]) if (inner) rename(inner, from, to);
  };
  ofTemplate?.addEventListener("renamed", ({ detail: { from, to } }) => {
    if (mode !== "builder") return;
    rename(root, from, to);
    last = null;
    writing = write();
  });
  ofTemplate?.addEventListener("parameters", () => {
    for (const field of home.querySelectorAll("[data-blank]")) field.refresh();
  });

  // a fact of the list beside becomes a row
  document.addEventListener("click", (event) => {
    const fact = event.target.closest("[data-insert]");
    if (!fact || mode !== "builder" || document.activeElement?.matches(".v-effect input") || !known(facts, fact.dataset.insert)) return;
    event.stopImmediatePropagation();
    const blank = root.parts.find((part) => part.part === "fact" && !part.fact);
    const row = blank ?? fresh(facts);
    row.fact = fact.dataset.insert;
    row.operator = known(facts, row.fact).operators[0]?.name ?? "known";
    if (!blank) root.parts.push(row);
    draw();
    elements.get(row).querySelector("select").focus();
    changed("Condition added");
  }, true);

  // nothing is handed in that is not written yet
  let handing = false;
  form.addEventListener("submit", (event) => {
    const ready = !timer && !pending && !condition.dataset.unfinished;
    if (handing || ready || mode !== "builder") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    touched = true;
    house.written().then(async () => {
      if (condition.dataset.unfinished) { writing = write(); await writing; }
      if (condition.dataset.unfinished) {
        (home.querySelector("[aria-invalid]") ?? home.querySelector("input, select"))?.focus();
        return tell(condition.dataset.unfinished);
      }
      handing = true;
      return setTimeout(() => form.requestSubmit(submitter)); // not while this event is still being told
    });
  }, true);

  turn(localStorage.getItem(KEPT) ?? "builder", false);
})();
