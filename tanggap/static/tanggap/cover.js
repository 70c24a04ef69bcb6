// Boxes over a photo: drawn, moved and sized with the pointer. The number fields are the truth; whatever is drawn is
// written there in per cent, and whatever is typed there is drawn. Without this script the fields do it alone.

const SVG = "http://www.w3.org/2000/svg";
const GRIP = 12; // pixels of the screen: a finger finds it
const LEAST = 0.8; // per cent: a slip of the finger is no box
const FIRST = [40, 40, 20, 20]; // where a box begins that is added by the button

const form = document.querySelector("[data-cover]");
const photo = form.querySelector("[data-photo]");
const shown = form.querySelector("[data-shown]");
const list = form.querySelector("[data-boxes]");
const blank = document.querySelector("[data-blank]");
const total = form.querySelector("[name$=TOTAL_FORMS]");
const [, , wide, high] = photo.getAttribute("viewBox").split(" ").map(Number);

const rows = () => [...list.querySelectorAll("[data-box]")];
const fields = (row) => [...row.querySelectorAll("input")];
const isBlank = (row) => fields(row).every((field) => field.value === "");
const within = (value, least, most) => Math.min(Math.max(value, least), most);

function read(row) {
  const box = fields(row).map((field) => (field.value === "" ? NaN : Number(field.value)));
  return box.every(Number.isFinite) ? box : null;
}

function write(row, box) {
  fields(row).forEach((field, index) => (field.value = String(Math.round(box[index] * 10) / 10)));
}

function rect(parent, [left, top, width, height], row) {
  const drawn = document.createElementNS(SVG, "rect");
  const sizes = { x: (left * wide) / 100, y: (top * high) / 100, width: (width * wide) / 100, height: (height * high) / 100 };
  for (const [key, value] of Object.entries(sizes)) drawn.setAttribute(key, Math.max(0, value));
  parent.append(drawn);
  if (row) drawn.row = row;
  return drawn;
}

function draw() {
  const [over, under] = [photo, shown].map((picture) => picture.querySelector("g"));
  over.replaceChildren();
  under.replaceChildren();
  for (const row of rows()) {
    const box = read(row);
    if (!box) continue;
    rect(under, box);
    rect(over, box, row).classList.toggle("on", row.contains(document.activeElement));
    const grip = document.createElementNS(SVG, "circle");
    const at = { cx: ((box[0] + box[2]) * wide) / 100, cy: ((box[1] + box[3]) * high) / 100, r: GRIP / photo.getScreenCTM().a };
    for (const [key, value] of Object.entries(at)) grip.setAttribute(key, value);
    grip.row = row;
    over.append(grip);
  }
}

// The next row that holds nothing, or one more; null where there are as many as may be.
function vacant() {
  const free = rows().find(isBlank);
  if (free) {
    free.hidden = false;
    list.append(free); // behind those that are shown, as it is read
    return free;
  }
  const count = Number(total.value);
  if (count >= Number(list.dataset.most)) return null;
  const made = blank.content.cloneNode(true);
  for (const one of made.querySelectorAll("*"))
    for (const mark of one.attributes) mark.value = mark.value.replace("__prefix__", count);
  total.value = count + 1;
  list.append(made);
  const row = list.lastElementChild;
  row.querySelector("[data-remove]").hidden = false;
  return row;
}

function number() {
  rows().forEach((row, index) => (row.querySelector("legend").firstChild.data = `${list.dataset.name.replace("{n}", index + 1)} `));
}

function clear(row) {
  for (const field of fields(row)) field.value = "";
  row.hidden = true;
  list.append(row);
  number();
  draw();
}

function place(event) {
  const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(photo.getScreenCTM().inverse());
  return [within((spot.x / wide) * 100, 0, 100), within((spot.y / high) * 100, 0, 100)];
}

// what the pointer does from here on: a function from where it is to the box
function act(event) {
  const [x, y] = place(event);
  const row = event.target.row;
  if (!row) {
    const span = (from, to) => [Math.min(from, to), Math.abs(to - from)];
    return { box: (a, b) => [span(x, a), span(y, b)].reduce(([l, w], [t, h]) => [l, t, w, h]), from: [x, y] };
  }
  const [left, top, width, height] = read(row);
  if (event.target.localName === "circle")
    return { row, box: (a, b) => [left, top, within(a - left, LEAST, 100 - left), within(b - top, LEAST, 100 - top)] };
  const move = (from, by, size) => within(from + by, 0, Math.max(0, 100 - size));
  return { row, box: (a, b) => [move(left, a - x, width), move(top, b - y, height), width, height] };
}

let doing = null;

photo.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  doing = act(event);
  photo.setPointerCapture(event.pointerId);
});

photo.addEventListener("pointermove", (event) => {
  if (!doing) return;
  const box = doing.box(...place(event));
  if (!doing.row) {
    if (box[2] < LEAST || box[3] < LEAST) return;
    doing.row = vacant();
    if (!doing.row) return (doing = null);
    number();
  }
  write(doing.row, box);
  draw();
});

for (const end of ["pointerup", "pointercancel"]) photo.addEventListener(end, () => (doing = null));

form.addEventListener("input", draw);
form.addEventListener("focusin", draw);
form.addEventListener("click", (event) => {
  if (event.target.closest("[data-remove]")) clear(event.target.closest("[data-box]"));
  if (!event.target.closest("[data-more]")) return;
  event.preventDefault();
  const row = vacant();
  if (!row) return;
  write(row, FIRST);
  number();
  draw();
  fields(row)[0].select(); // what is typed next replaces it
});

for (const row of rows()) {
  row.querySelector("[data-remove]").hidden = false;
  row.hidden = isBlank(row);
}
form.querySelector("[data-with-script]").hidden = false;
photo.classList.add("live");
draw();
