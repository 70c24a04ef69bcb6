// Copies a link, or hands the page to the phone's own way of sharing. The buttons are hidden where neither works.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.querySelector("span").textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  const kept = document.getElementById(button.dataset.share);
  const url = () => (kept ? kept.value : location.href);
  button.addEventListener("click", () => navigator.share({ title: document.title, url: url() }).catch(() => {}));
}
