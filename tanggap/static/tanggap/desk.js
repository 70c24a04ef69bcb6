// The desk's list: the row that has the focus (j, k) or was clicked once is shown at the right, where there is a
// right; Enter, a second click, a click with a key held, and every click on a narrow screen open the case itself.
// Counts what is picked, tells the server that somebody writes (never what), fills the field for words to cover.

const wide = matchMedia("(min-width: 64rem)");
const side = document.getElementById("pilihan");
let shown = "";
let wait = 0;

function show(row) {
  const address = row?.dataset.preview;
  if (!address || !side || !wide.matches || address === shown) return false;
  shown = address;
  for (const other of document.querySelectorAll(".q > li.on")) other.classList.remove("on");
  row.classList.add("on");
  window.htmx?.ajax("GET", address, { target: side, swap: "innerHTML" });
  return true;
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest(".q > li[data-preview]");
  clearTimeout(wait);
  // whoever runs down the list with j is shown where they stop
  if (row) wait = setTimeout(show, 120, row);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".q > li[data-preview] p > a");
  if (!link || event.detail !== 1 || event.ctrlKey || event.metaKey || event.shiftKey || !wide.matches) return;
  if (!window.htmx) return;
  event.preventDefault();
  clearTimeout(wait);
  show(link.closest("li"));
});

document.addEventListener("dblclick", (event) => {
  const link = event.target.closest(".q > li[data-preview] p > a");
  if (link) location.assign(link.href);
});

for (const form of document.querySelectorAll("form[data-picks]")) {
  const said = form.querySelector("[data-count]");
  const count = () => {
    said.textContent = said.dataset.count.replace("#", form.querySelectorAll(".q :checked").length);
  };
  form.addEventListener("change", count);
  form.addEventListener("reset", () => setTimeout(count));
  if (said) count();
}

for (const field of document.querySelectorAll("[data-writing]")) {
  const flag = document.getElementById(field.dataset.writing);
  field.addEventListener("input", () => {
    flag.value = field.value.trim() ? "1" : "";
  });
}

// typing a name chooses "another", and choosing it leads to where it is typed
const TYPED = { other: "to", number: "into", kelurahan: "place", kind: "matter" };
for (const [name, choice] of Object.entries(TYPED)) {
  const field = document.querySelector(`main input[name="${name}"]`);
  const other = document.querySelector(`main input[name="${choice}"][value="other"]`);
  if (!field || !other) continue;
  field.addEventListener("input", () => {
    if (!field.value.trim() || other.checked) return;
    other.checked = true;
    other.dispatchEvent(new Event("change", { bubbles: true }));
  });
  other.addEventListener("click", () => field.focus());
}

// a page that hears nothing says since when, and goes on asking
document.addEventListener("htmx:sendError", (event) => {
  const place = event.target.closest("[data-lost]");
  if (!place || place.dataset.since) return;
  const now = new Date();
  place.dataset.since = `${String(now.getHours()).padStart(2, "0")}.${String(now.getMinutes()).padStart(2, "0")}`;
  place.textContent = place.dataset.lost.replace("#", place.dataset.since);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.dataset) delete event.target.dataset.since;
});

// words selected in a report stand in the field of what is to be covered
for (const place of document.querySelectorAll("[data-select-into]")) {
  place.addEventListener("pointerup", () => {
    const said = document.getSelection()?.toString().trim();
    const field = document.getElementById(place.dataset.selectInto);
    if (said && field) field.value = said;
  });
}
