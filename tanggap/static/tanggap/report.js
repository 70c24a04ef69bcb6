// The form works without any of this. With it: the emergency number as soon as a word asks for it, a map to tap,
// the chosen photos to look at.
import { watchDanger } from "./danger.js";
import { openMap } from "./place.js";
import { showPhotos } from "./thumbs.js";

for (const box of document.querySelectorAll("[data-danger]")) watchDanger(box);
for (const block of document.querySelectorAll("[data-map]")) openMap(block);
for (const field of document.querySelectorAll(".drop input[type=file]")) showPhotos(field);

// A chip and the full list say the same thing: the later one counts.
const list = document.getElementById("id_other");
document.addEventListener("change", ({ target }) => {
  if (target.name === "category" && target.value !== "other" && list) list.value = "";
  if (target === list && list.value) document.querySelector("[name=category][value=other]").checked = true;
});
