// Sorts and filters tables, draws charts, and shows the models that are chosen. Without it the page
// is its tables, so all controls come to life here.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const json = (id) => JSON.parse(document.getElementById(id).textContent);
const views = [];

// Tables ------------------------------------------------------------------------------------------

function makeSortable(table) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falling = head.ariaSort ? head.ariaSort === "ascending" : isOfNumbers(table, column);
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      sort(table, column, falling);
    });
  });
}

const isOfNumbers = (table, column) =>
  [...table.tBodies[0].rows].some((row) => row.cells[column].dataset.value !== undefined);

function valueOf(cell) {
  if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
  return cell.textContent.trim();
}

// Empty cells come last, however it is sorted; equal rows stay in their order.
function sort(table, column, falling) {
  const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[column]), row]);
  rows.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = typeof a === "number" && typeof b === "number" ? a - b : compareWords(a, b);
    return falling ? -order : order;
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

const compareWords = (a, b) => String(a).localeCompare(String(b), "en", { numeric: true });

function makeFilterable(place) {
  const filters = place.querySelector(".filters");
  if (!filters) return;
  const update = () => filter(place, filters);
  filters.hidden = false;
  filters.addEventListener("input", update);
  document.addEventListener("models", update);
}

function filter(place, filters) {
  const words = (filters.querySelector("[data-search]")?.value ?? "").toLowerCase().split(/\s+/);
  const chosen = all("select", filters).filter((select) => select.value);
  const differing = filters.querySelector("[data-differing]")?.checked;
  const rows = all("tbody tr", place);
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits =
      words.every((word) => text.includes(word)) &&
      chosen.every((select) => row.cells[select.dataset.column].textContent === select.value) &&
      (!differing || row.classList.contains("differs"));
    row.classList.toggle("out", !fits);
  }
  const left = rows.filter((row) => !row.matches(".out, .other-model"));
  filters.querySelector("[data-count]").textContent = `${left.length} of ${rows.length} rows`;
}

// Models ------------------------------------------------------------------------------------------

const form = document.getElementById("models");
const boxes = all("input", form);
const chosenModels = () => boxes.filter((box) => box.checked).map((box) => box.value);

function showModels() {
  const models = chosenModels();
  all("[data-model]").forEach((element) =>
    element.classList.toggle("other-model", !models.includes(element.dataset.model)),
  );
  document.getElementById("shown").textContent = `${models.length} of ${boxes.length} models shown`;
  setSignal("models", models);
  window.dispatchEvent(new Event("resize")); // charts that were hidden find their width
  document.dispatchEvent(new Event("models"));
}

function checkAll(checked) {
  boxes.forEach((box) => (box.checked = checked));
  showModels();
}

// Charts ------------------------------------------------------------------------------------------

const signals = { measure: "accuracy", models: chosenModels() };

function setSignal(name, value) {
  signals[name] = value;
  views.filter((view) => hasSignal(view, name)).forEach((view) => view.signal(name, value).runAsync());
}

const hasSignal = (view, name) => name in view.getState({ signals: (found) => found === name }).signals;

async function drawCharts() {
  const specs = json("charts");
  const datasets = json("datasets");
  for (const place of all("[data-chart]")) {
    const spec = { ...specs[place.dataset.chart], datasets };
    const { view } = await vegaEmbed(place, spec, { actions: false, renderer: "svg", ast: true });
    views.push(view);
    Object.entries(signals).forEach(([name, value]) => hasSignal(view, name) && view.signal(name, value));
    await view.runAsync();
  }
  document.documentElement.dataset.ready = "";
}

// -------------------------------------------------------------------------------------------------

all("table.sortable").forEach(makeSortable);
all(".table").forEach(makeFilterable);
form.hidden = false;
form.addEventListener("input", showModels);
form.querySelector("[data-all]").addEventListener("click", () => checkAll(true));
form.querySelector("[data-none]").addEventListener("click", () => checkAll(false));
all("select[data-signal]").forEach((select) => {
  select.disabled = false;
  select.addEventListener("input", () => setSignal(select.dataset.signal, select.value));
});
all("select[data-gallery]").forEach((select) => {
  select.disabled = false;
  select.addEventListener("input", () =>
    all("[data-class]").forEach((place) =>
      place.classList.toggle("out", select.value !== "" && place.dataset.class !== select.value),
    ),
  );
});
drawCharts().then(showModels);
