// The editor: checks the condition as it is typed, offers what was meant, inserts facts, adds and removes effects.
(() => {
  "use strict";
  const form = document.getElementById("rule-form");
  const condition = document.getElementById("id_condition");
  const checked = document.getElementById("condition-check");
  if (!form || !condition || !checked) return;

  const PAUSE = 250;
  const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
  let timer = 0;
  let asked = 0;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const show = (state, ...parts) => {
    checked.dataset.state = state;
    checked.replaceChildren(...parts);
    condition.setAttribute("aria-invalid", String(state === "fault"));
  };

  // the server counts characters, a browser counts UTF-16 units
  const unitsBefore = (text, characters) => Array.from(text).slice(0, characters).join("").length;

  const select = (fault) => {
    const start = unitsBefore(condition.value, fault.position);
    const end = unitsBefore(condition.value, fault.position + fault.length);
    condition.focus();
    condition.setSelectionRange(start, end);
    return [start, end];
  };

  const typed = () => condition.dispatchEvent(new Event("input", { bubbles: true }));

  // a suggestion may repeat what stands before the place: `line.quantity` for the `quantty` of `line.quantty`
  const fix = (fault) => {
    const [start, end] = select(fault);
    const before = fault.suggestion.slice(0, fault.suggestion.lastIndexOf(".") + 1);
    const repeated = before && condition.value.slice(0, start).endsWith(before) ? before.length : 0;
    condition.setRangeText(fault.suggestion, start - repeated, end, "end");
    typed();
  };

  const button = (className, text, act) => {
    const made = element("button", className, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };

  const showFault = (fault) => {
    const place = `Line ${fault.line}, column ${fault.column}`;
    const head = element("p", "v-fault");
    const message = fault.message.replace(`: did you mean ${fault.suggestion}?`, "");
    head.append(element("span", "", `${message} `), button("v-place", place, () => select(fault)));
    const parts = [head];
    // the last two lines of the rendering are the text and the caret beneath it, each behind a margin
    const drawn = fault.rendered.split("\n").slice(-2).map((line) => line.replace(/^ +\| /, ""));
    if (fault.rendered) parts.push(element("pre", "v-caret", drawn.join("\n")));
    if (fault.suggestion) {
      const offer = element("p", "v-offer", "Did you mean ");
      offer.append(button("v-fix", fault.suggestion, () => fix(fault)), "?");
      parts.push(offer);
    }
    show("fault", ...parts);
  };

  const check = async () => {
    const text = condition.value;
    const mine = ++asked;
    if (!text.trim()) return show("empty");
    try {
      const answer = await fetch(form.dataset.check, {
        method: "POST",
        credentials: "same-origin",
        headers: { "X-CSRFToken": csrf },
        body: "whole" in form.dataset ? new FormData(form) : new URLSearchParams({ point: form.dataset.point, condition: text }),
      });
      const said = await answer.json();
      if (mine !== asked) return undefined; // somebody went on typing
      if (!answer.ok) return show("unknown", element("p", "v-help", said.detail || "It could not be checked."));
      if (said.faults.length) return showFault(said.faults[0]);
      return show("sound", element("p", "v-words", said.in_words || said.canonical));
    } catch {
      return mine === asked && show("unknown", element("p", "v-help", "The server does not answer; it is checked when you save."));
    }
  };

  condition.addEventListener("input", () => {
    clearTimeout(timer);
    if (condition.dataset.unfinished) { // the builder says what is missing before there is anything to check
      asked += 1;
      return show("unknown", element("p", "v-help", condition.dataset.unfinished));
    }
    timer = setTimeout(check, PAUSE);
    return undefined;
  });
  if (condition.value.trim()) check();

  // facts: a click inserts where the cursor stands
  let target = condition;
  form.addEventListener("focusin", (event) => {
    if (event.target.matches(".v-code")) target = event.target;
  });
  document.addEventListener("click", (event) => {
    const fact = event.target.closest("[data-insert]");
    if (!fact) return;
    if (!target.isConnected || target.disabled) target = condition;
    target.focus();
    target.setRangeText(fact.dataset.insert, target.selectionStart, target.selectionEnd, "end");
    target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const search = document.getElementById("fact-search");
  search?.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const group of document.querySelectorAll("[data-facts]")) {
      let any = false;
      for (const item of group.querySelectorAll("li")) {
        item.hidden = !item.textContent.toLowerCase().includes(wanted);
        any ||= !item.hidden;
      }
      group.hidden = !any;
    }
  });

  // effects: the parameters of the chosen kind only, rows added and removed
  const effects = document.getElementById("effects");
  const empty = document.getElementById("effect-row");
  let next = effects.querySelectorAll("[data-effect]").length;
  const chooseKind = (row) => {
    const kind = row.querySelector("[data-effect-kind]").value;
    for (const params of row.querySelectorAll("[data-params-of]")) {
      params.hidden = params.dataset.paramsOf !== kind;
      for (const input of params.querySelectorAll("input")) input.disabled = params.hidden;
    }
  };
  const onlyOne = () => {
    const rows = effects.querySelectorAll("[data-remove-effect]");
    for (const remove of rows) remove.hidden = rows.length === 1;
  };
  effects.addEventListener("change", (event) => {
    if (event.target.matches("[data-effect-kind]")) chooseKind(event.target.closest("[data-effect]"));
  });
  effects.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove-effect]")) return;
    event.target.closest("[data-effect]").remove();
    onlyOne();
    form.dispatchEvent(new Event("input"));
  });
  document.querySelector("[data-add-effect]").addEventListener("click", () => {
    effects.insertAdjacentHTML("beforeend", empty.innerHTML.replaceAll("__index__", String(next++)));
    const row = effects.lastElementChild;
    chooseKind(row);
    onlyOne();
    row.querySelector("select").focus();
  });
  onlyOne();

  // what is not saved is not lost by accident
  const state = document.getElementById("bar-state");
  let unsaved = false;
  form.addEventListener("input", () => {
    unsaved = true;
    state.textContent = "Not saved yet";
  });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
})();
