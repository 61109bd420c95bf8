"use strict";
// The page is whole without this; it only hides rows and fades boxes.
(() => {
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() }));
  const boxes = [...document.querySelectorAll("#graph .box")];
  const lines = [...document.querySelectorAll("#graph .line")];

  const filter = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const faded = new Set();
    let shown = 0;
    for (const { row, text } of rows) {
      const hit = words.every((word) => text.includes(word)) && (!byId("differing").checked || row.dataset.same === "false");
      row.hidden = !hit;
      shown += hit ? 1 : 0;
      if (!hit && row.dataset.id !== undefined) faded.add(row.dataset.id);
    }
    for (const box of boxes) box.classList.toggle("faded", faded.has(box.dataset.id));
    for (const line of lines) line.classList.toggle("faded", faded.has(line.dataset.from) || faded.has(line.dataset.to));
    byId("shown").value = `${shown} of ${rows.length} rows shown`;
  };

  // A row that the search has hidden is shown again when somebody asks for it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const row = link && byId(link.getAttribute("href").slice(1));
    if (row && row.hidden) {
      byId("search").value = "";
      byId("differing").checked = false;
      filter();
    }
  });
  for (const id of ["search", "differing"]) byId(id).addEventListener("input", filter);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("controls").hidden = false;
  filter();
})();
