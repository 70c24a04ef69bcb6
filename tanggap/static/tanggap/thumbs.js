// The photos that were chosen, before they are sent: a picture each, or the name where the browser can't draw it.

export function showPhotos(field) {
  const drop = field.closest(".drop");
  const shown = [];
  field.addEventListener("change", () => {
    for (const one of shown.splice(0)) {
      URL.revokeObjectURL(one.querySelector("img")?.src);
      one.remove();
    }
    drop.parentElement.classList.toggle("thumbs", field.files.length > 0 || Boolean(drop.parentElement.querySelector("[type=hidden]")));
    for (const file of field.files) {
      const frame = document.createElement("div");
      frame.className = "photo";
      const picture = document.createElement("img");
      picture.alt = file.name;
      picture.width = 320;
      picture.height = 240;
      picture.addEventListener("error", () => {
        frame.className = "photo none";
        frame.textContent = file.name;
      });
      picture.src = URL.createObjectURL(file);
      frame.append(picture);
      drop.before(frame);
      shown.push(frame);
    }
  });
}
