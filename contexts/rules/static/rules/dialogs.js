// What changes prices is asked for once more: a dialog says what will happen. Without scripts the same stands in a fold.
(() => {
  "use strict";
  let made = 0;
  const element = (tag, attributes, ...children) => {
    const it = document.createElement(tag);
    for (const [name, is] of Object.entries(attributes)) it.setAttribute(name, is);
    it.append(...children);
    return it;
  };

  for (const fold of document.querySelectorAll("details[data-dialog]")) {
    const summary = fold.querySelector("summary");
    const content = fold.querySelector(".v-popover");
    const id = `dialog-${++made}`;
    const opener = element("button", { type: "button", class: summary.className, "aria-haspopup": "dialog" }, ...summary.childNodes);
    if (summary.hasAttribute("aria-label")) opener.setAttribute("aria-label", summary.getAttribute("aria-label"));
    const cancel = element("button", { type: "button", class: "v-button" }, "Cancel");
    const title = element("h2", { id: `${id}-title` }, fold.dataset.dialog);
    const body = content.matches("form") ? content : element("div", {}, ...content.childNodes);
    body.classList.remove("v-popover");
    body.classList.add("v-dialog-body");
    body.prepend(title);
    const act = [...body.querySelectorAll("button:not([type=button])")].at(-1);
    const actions = element("div", { class: "v-dialog-actions" }, cancel);
    act.replaceWith(actions);
    actions.append(act);
    const said = body.querySelector("[data-says]");
    if (said) said.id = `${id}-says`;
    const dialog = element("dialog", { class: "v-dialog", "aria-labelledby": title.id, ...(said ? { "aria-describedby": said.id } : {}) }, body);
    opener.addEventListener("click", () => {
      dialog.showModal();
      (body.querySelector("[aria-invalid]") ?? body.querySelector("input:not([type=hidden], [type=checkbox])") ?? cancel).focus();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    fold.replaceWith(opener, dialog);
    if (fold.open) opener.click(); // what was refused is shown where it was asked
  }

  // the folds that are no dialogs: the keyboard goes in when one opens, and Escape leads out
  for (const fold of document.querySelectorAll("details.v-confirm:not([data-dialog])")) {
    fold.addEventListener("toggle", () => {
      if (fold.open) fold.querySelector(".v-popover :is(input:not([type=hidden]), select, textarea, button)")?.focus();
    });
    fold.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !fold.open) return;
      fold.open = false;
      fold.querySelector("summary").focus();
    });
    if (fold.id && location.hash === `#${fold.id}`) fold.open = true; // a list's row leads to it
  }
})();
