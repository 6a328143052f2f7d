// Times have a zone: that of whoever writes them, until they say another.
(() => {
  "use strict";
  const zone = document.getElementById("id_time_zone");
  if (!zone) return;
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  for (const id of ["id_starts", "id_ends"]) {
    document.getElementById(id)?.addEventListener("input", () => {
      if (zone.value) return;
      zone.value = mine;
      zone.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
})();
