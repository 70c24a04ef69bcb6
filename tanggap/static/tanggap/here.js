// "From where I am": asks the telephone for its place and sends it with the form around the button. Without script or
// without leave the button is not there and the list stays in the order of the promises.

for (const button of document.querySelectorAll("[data-here-ask]")) {
  if (!navigator.geolocation) continue;
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const form = button.form;
        form.elements.lat.value = coords.latitude.toFixed(6);
        form.elements.lon.value = coords.longitude.toFixed(6);
        form.submit();
      },
      () => {
        button.disabled = false;
      },
      { enableHighAccuracy: true, maximumAge: 30000, timeout: 15000 },
    );
  });
}
