// The map of the form: outlines of the kelurahan, a tap sets the point, dragging and arrow keys move it.
// What it sets are two hidden fields; typed words do as well.

const SVG = "http://www.w3.org/2000/svg";
const CLOSE = 150; // steps of 20 m: how wide the view is once a point is set
const WIDEST = 8;

function make(name, attributes, parent) {
  const drawn = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
  parent?.append(drawn);
  return drawn;
}

class PlaceMap {
  constructor(block, city) {
    Object.assign(this, { block, city, words: block.dataset });
    this.svg = block.querySelector(".map svg");
    this.said = block.querySelector("[data-said]");
    this.lat = block.querySelector("[name=lat]");
    this.lon = block.querySelector("[name=lon]");
    this.draw();
    this.show(...this.city.home);
    if (this.lat.value && this.lon.value) this.set(this.xy(+this.lat.value, +this.lon.value), { quiet: true });
    this.listen();
  }

  xy = (lat, lon) => ({ x: (lon - this.city.lon) * this.city.east, y: (this.city.lat - lat) * this.city.north });

  draw() {
    const dash = this.city.approximate ? { "stroke-dasharray": "4 4" } : {};
    const land = make("g", {}, this.svg);
    this.areas = this.city.areas.map(([name, d, x, y]) => ({
      name,
      middle: [x, y],
      path: make("path", { class: "m-land", d, "vector-effect": "non-scaling-stroke", ...dash }, land),
    }));
    this.names = make("g", {}, this.svg);
    this.pin = make("g", { class: "seek-pin", tabindex: 0, role: "img", "aria-label": this.words.pin, hidden: "" }, this.svg);
    make("circle", { class: "pin open", r: 13, "vector-effect": "non-scaling-stroke" }, this.pin);
    make("circle", { class: "pin", r: 4, "vector-effect": "non-scaling-stroke" }, this.pin);
  }

  // x, y, width, height in steps; the picture keeps its shape
  show(x, y, wide, high) {
    const shape = 432 / 284;
    const w = Math.min(Math.max(wide, high * shape, 20), this.city.home[2] * WIDEST);
    this.view = { x: x + (wide - w) / 2, y: y + (high - w / shape) / 2, w, h: w / shape };
    this.svg.setAttribute("viewBox", `${this.view.x} ${this.view.y} ${this.view.w} ${this.view.h}`);
    this.place();
    this.label();
  }

  zoom(factor) {
    const { x, y, w, h } = this.view;
    const at = this.spot ?? { x: x + w / 2, y: y + h / 2 };
    this.show(at.x - (w * factor) / 2, at.y - (h * factor) / 2, w * factor, h * factor);
  }

  // Names that fit: kecamatan over the city, kelurahan near by; one that would lie on another is left out.
  label() {
    this.names.replaceChildren();
    const { x: left, y: top, w, h } = this.view;
    const unit = w / 432;
    const listed = w < 450 ? this.areas.map((area) => [area.name, ...area.middle]) : this.city.names;
    const taken = [];
    for (const [name, x, y] of listed) {
      const wide = name.length * 3.6 * unit;
      const high = 8 * unit;
      const outside = x - wide < left || x + wide > left + w || y - high < top || y + high > top + h;
      if (outside || taken.some((it) => Math.abs(it.x - x) < it.wide + wide && Math.abs(it.y - y) < it.high + high)) continue;
      taken.push({ x, y, wide, high });
      const at = `translate(${x} ${y}) scale(${unit})`;
      make("text", { class: "m-name", "text-anchor": "middle", transform: at }, this.names).textContent = name;
    }
  }

  // The pin stays as large as a finger, whatever the scale.
  place() {
    this.pin.toggleAttribute("hidden", !this.spot);
    if (!this.spot) return;
    this.pin.setAttribute("transform", `translate(${this.spot.x} ${this.spot.y}) scale(${this.view.w / 432})`);
  }

  sees = ({ x, y }) =>
    x > this.view.x && x < this.view.x + this.view.w && y > this.view.y && y < this.view.y + this.view.h;

  at(event) {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return { x: spot.x, y: spot.y };
  }

  set(spot, { quiet = false, stay = false } = {}) {
    this.spot = spot;
    this.lat.value = (this.city.lat - spot.y / this.city.north).toFixed(6);
    this.lon.value = (this.city.lon + spot.x / this.city.east).toFixed(6);
    this.block.querySelector("[data-clear]").hidden = false;
    if (!stay && (this.view.w > CLOSE || !this.sees(spot))) this.show(spot.x - CLOSE / 2, spot.y - 0.5, CLOSE, 1);
    else this.place();
    this.tell();
    if (!quiet) this.lat.dispatchEvent(new Event("change", { bubbles: true }));
  }

  clear() {
    this.spot = null;
    this.lat.value = this.lon.value = "";
    this.block.querySelector("[data-clear]").hidden = true;
    for (const area of this.areas) area.path.setAttribute("class", "m-land");
    this.said.textContent = "";
    this.place();
    this.lat.dispatchEvent(new Event("change", { bubbles: true }));
  }

  tell() {
    const point = this.svg.createSVGPoint();
    Object.assign(point, this.spot);
    const here = this.areas.find((area) => area.path.isPointInFill(point));
    for (const area of this.areas) area.path.setAttribute("class", area === here ? "m-here" : "m-land");
    const name = here ? this.words.here.replace("{name}", here.name) : this.words.outside;
    this.said.textContent = here && this.words.approximate ? `${name} (${this.words.approximate})` : name;
  }

  listen() {
    let moved = false;
    this.pin.addEventListener("pointerdown", (event) => {
      this.pin.setPointerCapture(event.pointerId);
      event.preventDefault();
      moved = true;
    });
    this.pin.addEventListener("pointermove", (event) => {
      if (this.pin.hasPointerCapture(event.pointerId)) this.set(this.at(event), { quiet: true, stay: true });
    });
    this.pin.addEventListener("pointerup", () => this.lat.dispatchEvent(new Event("change", { bubbles: true })));
    this.svg.addEventListener("click", (event) => {
      if (!moved) this.set(this.at(event));
      moved = false;
    });
    this.pin.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const step = this.view.w / 60;
      this.set({ x: this.spot.x + way[0] * step, y: this.spot.y + way[1] * step }, { stay: true });
    });
    for (const button of this.block.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => this.zoom(+button.dataset.zoom));
    this.block.querySelector("[data-whole]").addEventListener("click", () => this.show(...this.city.home));
    this.block.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    this.block.querySelector("[data-locate]").addEventListener("click", () => this.locate());
  }

  locate() {
    this.said.textContent = this.words.seeking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.set(this.xy(coords.latitude, coords.longitude)),
      () => (this.said.textContent = this.words.lost),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  }
}

export async function openMap(block) {
  try {
    const city = await (await fetch(block.dataset.areas)).json();
    block.querySelector("[data-live]").hidden = false;
    block.querySelector("[data-locate]").hidden = !navigator.geolocation;
    new PlaceMap(block, city);
  } catch (error) {
    // without the map the landmark is typed
    console.warn("no map:", error);
  }
}
