// The short name follows the name until somebody writes one.
(() => {
  "use strict";
  const slug = document.getElementById("id_slug");
  const name = document.getElementById(slug?.dataset.follows ?? "id_name");
  if (slug) {
    let own = Boolean(slug.value);
    slug.addEventListener("input", () => { own = Boolean(slug.value); });
    name.addEventListener("input", () => {
      if (own) return;
      const plain = name.value.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
      slug.value = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80);
    });
  }
})();
