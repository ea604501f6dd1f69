// Shows the API reference. All files come from this server, and the page stores nothing in the browser.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
paint();
dark.addEventListener("change", paint);

SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  layout: "BaseLayout",
  // The page forgets a credential when it is reloaded, so the next person at this browser must enter their own.
  persistAuthorization: false,
  // Without this, the page would send the document to a validation service on the internet.
  validatorUrl: null,
  onComplete: () => document.documentElement.setAttribute("data-drawn", "true"),
});
