// A field with a list that is searched while it is typed in: arrows, Enter and Escape as WAI-ARIA's combobox has them.
(() => {
  "use strict";
  const house = (window.verdict ??= {});
  const MOST = 60;
  const GAP = 12;
  const TALLEST = 280;
  const LEAST = 120;
  let made = 0;

  // options() gives [{value, label, about}]; free lets any text stand; chosen(value) hears what was taken
  house.combobox = ({ label, value, options, free = false, placeholder = "", chosen }) => {
    const id = `combobox-${++made}`;
    const box = document.createElement("div");
    box.className = "v-combobox";
    const input = document.createElement("input");
    const list = document.createElement("ul");
    box.append(input, list);
    Object.assign(input, { className: "v-input", type: "text", autocomplete: "off", spellcheck: false, placeholder, id });
    list.id = `${id}-list`;
    list.className = "v-options";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label);
    for (const [name, is] of Object.entries({
      role: "combobox", "aria-label": label, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    })) input.setAttribute(name, is);

    let current = value;
    let shown = [];
    let active = -1;
    const labelOf = (it) => options().find((option) => option.value === it)?.label ?? it;
    const rest = () => { input.value = labelOf(current); };
    rest();

    const close = () => {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };

    const point = (at) => {
      active = at;
      [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
      if (at < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[at].id);
      return list.children[at].scrollIntoView({ block: "nearest" });
    };

    // downwards where there is room before the bar at the bottom, else upwards; never longer than the room
    const place = () => {
      const bar = document.querySelector(".v-bar");
      const below = (bar?.getBoundingClientRect().top ?? innerHeight) - box.getBoundingClientRect().bottom - GAP;
      const above = box.getBoundingClientRect().top - GAP;
      list.removeAttribute("data-up");
      list.removeAttribute("style");
      const up = list.offsetHeight > below && above > below;
      list.toggleAttribute("data-up", up);
      list.style.maxHeight = `${Math.max(LEAST, Math.min(TALLEST, up ? above : below))}px`;
      if (up && getComputedStyle(list).position === "fixed") list.style.bottom = `${innerHeight - box.getBoundingClientRect().top + 3}px`;
    };

    const open = (wanted) => {
      const words = wanted.trim().toLowerCase().split(/\s+/);
      const fits = (option) => {
        const text = `${option.label} ${option.value} ${option.about ?? ""}`.toLowerCase();
        return words.every((word) => text.includes(word));
      };
      shown = options().filter(fits).slice(0, MOST);
      list.replaceChildren(...shown.map((option, number) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${number}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.append(option.label);
        if (option.about) {
          const about = document.createElement("span");
          about.textContent = option.about;
          item.append(about);
        }
        return item;
      }));
      if (!shown.length) return close();
      list.hidden = false;
      place();
      input.setAttribute("aria-expanded", "true");
      return point(wanted.trim() && !free ? 0 : -1);
    };

    const take = (it) => {
      close();
      const changed = it !== current;
      current = it;
      rest();
      if (changed) chosen(it);
    };

    // what was typed counts when one leaves: the option it names, or itself where any text may stand
    const settle = () => {
      const typed = input.value.trim();
      const option = shown[active] ?? options().find((it) => [it.label, it.value].some((name) => name.toLowerCase() === typed.toLowerCase()));
      if (free) return take(shown[active]?.value ?? typed);
      return option && typed ? take(option.value) : (close(), rest());
    };

    input.addEventListener("input", () => open(input.value));
    input.addEventListener("click", () => { if (list.hidden) open(""); });
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", () => { if (input.value !== labelOf(current) || active >= 0) settle(); else close(); });
    input.addEventListener("keydown", (event) => {
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) {
        event.preventDefault();
        if (list.hidden) { open(input.value === labelOf(current) ? "" : input.value); point(shown.length ? 0 : -1); return; }
        point((active + steps[event.key] + shown.length) % shown.length);
      } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        settle();
      } else if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
        if (!free) rest();
      }
    });
    list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const option = event.target.closest("[role=option]");
      if (option) take(shown[[...list.children].indexOf(option)].value);
    });
    box.input = input;
    box.clear = () => { current = ""; rest(); };
    return box;
  };
})();
