// Sorts the tables, and shows only the rows and pictures with certain words. Without it the page is
// its tables, so all controls come to life here.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function makeSortable(table) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falling = head.ariaSort !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      sort(table.tBodies[0], column, falling);
    });
  });
}

// Empty cells come last, however it is sorted; equal rows stay in their order.
function sort(body, column, falling) {
  const rows = [...body.rows].map((row) => [row.cells[column].textContent, row]);
  rows.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = number(a) - number(b) || a.localeCompare(b, "en", { numeric: true });
    return falling ? -order : order;
  });
  body.append(...rows.map(([, row]) => row));
}

/** "1,234", "68.4% to 70.0%" → 1234, 68.4; words → NaN */
const number = (text) => Number(text.split(" ")[0].replace(/[,%]/g, ""));

function filter(text) {
  const words = text.toLowerCase().split(/\s+/);
  const rows = all("tbody tr, figure");
  for (const row of rows) {
    const own = (row.dataset.words ?? row.textContent).toLowerCase();
    row.hidden = !words.every((word) => own.includes(word));
  }
  const left = rows.filter((row) => !row.hidden).length;
  document.getElementById("left").textContent = `${left} of ${rows.length} rows and pictures`;
}

all("table").forEach(makeSortable);
const input = document.getElementById("filter");
input.parentElement.hidden = false;
input.addEventListener("input", () => filter(input.value));
