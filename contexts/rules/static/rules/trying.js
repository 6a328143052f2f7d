// Trying a rule on a cart: a small form and its JSON are two views of one cart; the server answers with the receipt.
(() => {
  "use strict";
  const section = document.querySelector("[data-try]");
  const rule = document.getElementById("rule-form");
  if (!section || !rule) return;

  const form = document.getElementById("cart-form");
  const lines = document.getElementById("cart-lines");
  const json = document.getElementById("cart-json");
  const jsonFault = document.getElementById("cart-json-fault");
  const result = document.getElementById("try-result");
  const template = document.getElementById("cart-line");
  const run = section.querySelector("[data-run]");
  const csrf = rule.querySelector("[name=csrfmiddlewaretoken]").value;
  const sample = document.getElementById("sample-cart").textContent;
  // who writes a rule tries it again and again: the cart is theirs, and nobody else's who signs in in this tab, until the tab is closed; a reviewer begins with the sample
  const KEPT = "atOnce" in section.dataset ? "" : `verdict.cart.${section.dataset.whose}.${rule.querySelector("[name=point]").value}`;
  const again = section.querySelector("[data-sample]");
  const kept = () => {
    try { return KEPT && JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; }
  };
  let cart = kept() || JSON.parse(sample);

  const read = (from, path) => path.split(".").reduce((inner, name) => inner?.[name], from);

  // an empty value takes its key away, and with it whatever became empty
  const write = (into, path, value) => {
    const [name, ...rest] = path.split(".");
    if (rest.length) {
      into[name] ??= {};
      write(into[name], rest.join("."), value);
      if (!Object.keys(into[name]).length) delete into[name];
    } else if (value === undefined) delete into[name];
    else into[name] = value;
  };

  const shown = (value, as) => {
    if (value === undefined || value === null) return "";
    if (as === "money") return value.amount ?? "";
    return as === "list" ? value.join(", ") : String(value);
  };

  const meant = (text, as) => {
    const plain = text.trim();
    if (!plain) return undefined;
    if (as === "money") return { amount: plain.replace(",", "."), currency: cart.currency };
    if (as === "number") return Number(plain);
    if (as === "list") return plain.split(",").map((part) => part.trim()).filter(Boolean);
    return plain;
  };

  const fill = (root, from) => {
    for (const input of root.querySelectorAll("[data-path]")) input.value = shown(read(from, input.dataset.path), input.dataset.as);
  };

  const keep = () => {
    const same = JSON.stringify(cart) === JSON.stringify(JSON.parse(sample));
    if (again) again.hidden = same;
    if (!KEPT) return;
    try {
      if (same) sessionStorage.removeItem(KEPT); else sessionStorage.setItem(KEPT, JSON.stringify(cart));
    } catch { /* a browser that keeps nothing */ }
  };
  const showJson = () => {
    json.value = JSON.stringify(cart, null, 2);
    keep();
  };

  const draw = () => {
    for (const input of form.querySelectorAll(":scope > .v-grid [data-path]")) {
      input.value = shown(read(cart, input.dataset.path), input.dataset.as);
    }
    lines.replaceChildren(...(cart.lines ?? []).map((line) => {
      const row = template.content.firstElementChild.cloneNode(true);
      fill(row, line);
      return row;
    }));
  };

  const recoin = () => {
    for (const line of cart.lines ?? []) if (line.unit_price) line.unit_price.currency = cart.currency;
    if (cart.shipping?.price) cart.shipping.price.currency = cart.currency;
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.dataset.path) return;
    const row = input.closest("[data-line]");
    const into = row ? cart.lines[[...lines.children].indexOf(row)] : cart;
    write(into, input.dataset.path, meant(input.value, input.dataset.as));
    if (input.dataset.path === "currency") recoin();
    showJson();
  });
  again?.addEventListener("click", () => {
    cart = JSON.parse(sample);
    draw();
    showJson();
    run.focus();
  });
  section.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-line]")) {
      const ids = new Set((cart.lines ??= []).map((line) => line.id));
      let id = cart.lines.length + 1;
      while (ids.has(String(id))) id += 1;
      cart.lines.push({ id: String(id), sku: `ARTICLE-${id}`, quantity: 1, unit_price: { amount: "10.00", currency: cart.currency } });
      draw();
      showJson();
      lines.lastElementChild.querySelector("input").select();
    }
    const remove = event.target.closest("[data-remove-line]");
    if (remove) {
      cart.lines.splice([...lines.children].indexOf(remove.closest("[data-line]")), 1);
      draw();
      showJson();
    }
  });
  json.addEventListener("input", () => {
    try {
      const read = JSON.parse(json.value);
      if (typeof read !== "object" || read === null || Array.isArray(read)) throw new Error("a cart is a JSON object");
      cart = read;
      jsonFault.hidden = true;
      draw();
      keep();
    } catch (fault) {
      jsonFault.textContent = fault.message;
      jsonFault.hidden = false;
    }
  });

  // `/lines/0/unit_price/amount` is the price of the first row; what has no field of its own is in the JSON
  const pointAt = () => {
    for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    for (const { dataset } of result.querySelectorAll("[data-pointer]")) {
      const steps = dataset.pointer.split("/").slice(1);
      const root = steps[0] === "lines" ? lines.children[Number(steps[1])] : form;
      const path = (steps[0] === "lines" ? steps.slice(2) : steps).join(".");
      const inputs = [...(root?.querySelectorAll("[data-path]") ?? [])];
      inputs.find((input) => `${path}.`.startsWith(`${input.dataset.path}.`))?.setAttribute("aria-invalid", "true");
    }
  };

  const tryIt = async () => {
    run.disabled = true;
    result.setAttribute("aria-busy", "true");
    try {
      await window.verdict?.written?.(); // what was just changed in the builder
      const body = new FormData(rule);
      body.set("cart", JSON.stringify(cart));
      const answer = await fetch(section.dataset.try, { method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": csrf } });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}; load the page again.`);
      result.innerHTML = await answer.text(); // made by our own template, which escapes what people wrote
      pointAt();
    } catch (fault) {
      const said = document.createElement("p");
      said.className = "v-fault";
      said.textContent = fault.message;
      result.replaceChildren(said);
    } finally {
      run.disabled = false;
      result.removeAttribute("aria-busy");
    }
  };
  run.addEventListener("click", tryIt);
  // a finding's example is priced like any other cart
  document.addEventListener("click", (event) => {
    const example = event.target.closest("[data-cart]");
    if (!example) return;
    cart = JSON.parse(example.dataset.cart);
    draw();
    showJson();
    tryIt();
    section.scrollIntoView({ block: "start" });
    result.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    tryIt();
  });
  draw();
  showJson();
  if ("atOnce" in section.dataset) tryIt(); // a reviewer should not have to ask
})();
