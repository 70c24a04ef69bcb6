// The desk's keys. A key presses the very button, link or field that shows it (data-key="r", "Ctrl Enter", "F9"),
// so it works only where that button is on the screen and may be pressed. Two keys: data-key="?|Ctrl K". A key with
// Alt only goes to its field. Nothing needs a key.
// Single letters rest while somebody types and can be switched off (WCAG 2.1.4): localStorage "keys" = "off".

const typing = (spot) =>
  spot.isContentEditable ||
  spot.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])");

function said(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  // with Alt some keyboards write other signs than the one on the key
  const digit = event.altKey && /^Digit(\d)$/.exec(event.code);
  const key = digit ? digit[1] : event.key === "Escape" ? "Esc" : event.key;
  parts.push(key.length === 1 && parts.length ? key.toUpperCase() : key);
  return parts.join(" ");
}

const usable = (thing) => !thing.disabled && thing.getAttribute("aria-disabled") !== "true" && thing.checkVisibility();

// The nearest wins: the form with focus first, then the page.
function holder(key) {
  const place = document.activeElement?.closest("form");
  for (const within of [place, document]) {
    if (!within) continue;
    const found = [...within.querySelectorAll("[data-key]")].find(
      (it) => it.dataset.key.split("|").includes(key) && usable(it),
    );
    if (found) return found;
  }
  return null;
}

function press(thing, key) {
  if (key.startsWith("Alt ")) {
    thing.focus();
  } else if (thing.matches("input:not([type=radio], [type=checkbox], [type=submit], [type=button]), textarea, select")) {
    thing.focus();
    if (thing.select) thing.select();
  } else {
    if (thing.matches("input")) thing.focus();
    thing.click();
  }
}

// j and k go through the rows of a list; x picks the row; Enter is the link's own.
const links = () => [...document.querySelectorAll(".q > li p > a")];

function walk(step) {
  const all = links();
  if (!all.length) return false;
  const here = all.findIndex((it) => it.closest("li").contains(document.activeElement));
  all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))].focus();
  return true;
}

function pick() {
  const box = document.activeElement?.closest(".q > li")?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

const OWN = { j: () => walk(1), k: () => walk(-1), x: pick };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const spot = event.target instanceof Element ? event.target : document.body;
  const key = said(event);
  const plain = !key.includes(" ") && event.key.length === 1;
  if (plain && (typing(spot) || localStorage.getItem("keys") === "off")) return;
  if (key === "Esc" && typing(spot)) {
    spot.blur();
    event.preventDefault();
    return;
  }
  const thing = holder(key);
  if (thing) {
    event.preventDefault();
    press(thing, key);
  } else if (key in OWN && OWN[key]()) {
    event.preventDefault();
  }
});

// <input type="checkbox" data-keys-switch>: on or off, kept in this browser.
for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.checked = localStorage.getItem("keys") !== "off";
  box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
}
