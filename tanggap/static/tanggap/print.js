// A button that prints. Without script it is not there: the browser's own menu prints the same.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
