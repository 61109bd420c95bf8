"use strict";
// The table is whole without this; it only hides rows and changes their order.
(() => {
  const byId = (id) => document.getElementById(id);
  const body = document.querySelector("#channels tbody");
  const rows = [...body.rows].map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    crates: [...row.querySelectorAll("details")].map((use) => use.dataset.crate),
  }));

  const filter = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const crate = byId("crate").value;
    const kind = byId("kind").value;
    let shown = 0;
    for (const { row, text, crates } of rows) {
      const hit = words.every((word) => text.includes(word)) &&
        (crate === "" || crates.includes(crate)) &&
        (kind === "" || row.dataset.kind === kind) &&
        (!byId("open").checked || row.dataset.settle !== "itself");
      row.hidden = !hit;
      shown += hit ? 1 : 0;
      for (const use of row.querySelectorAll("details")) {
        use.hidden = crate !== "" && use.dataset.crate !== crate;
      }
    }
    byId("shown").value = `${shown} of ${rows.length} shown`;
  };

  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = head.dataset.key;
    const numeric = key === "effect" || key === "users";
    const compare = (a, b) => {
      const x = a.row.dataset, y = b.row.dataset;
      const order = numeric ? x[key] - y[key] : x[key] < y[key] ? -1 : x[key] > y[key] ? 1 : 0;
      return (down ? -order : order) || x.position - y.position;
    };
    rows.sort(compare);
    body.append(...rows.map(({ row }) => row));
  };

  for (const head of document.querySelectorAll("#channels thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(head));
  }
  for (const id of ["search", "crate", "kind", "open"]) byId(id).addEventListener("input", filter);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("controls").hidden = false;
  filter();
})();
