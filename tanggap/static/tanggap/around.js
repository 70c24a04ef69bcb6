// "Use my location": the position goes by POST to be turned into a kelurahan, and into no address or log.

for (const form of document.querySelectorAll("[data-around]")) {
  if (!navigator.geolocation) continue;
  form.hidden = false;
  form.querySelector("button").addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude;
        form.elements.lon.value = coords.longitude;
        form.submit();
      },
      () => document.getElementById("di").focus(),
      { timeout: 15000, maximumAge: 300000 },
    );
  });
}
