// Draws the reference. Everything comes from this server, and nothing is kept in the browser.
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
  // A credential outlives no reload: whoever sits down at this browser next must bring their own.
  persistAuthorization: false,
  // Otherwise the document would be sent to a service on the internet.
  validatorUrl: null,
  onComplete: () => document.documentElement.setAttribute("data-drawn", "true"),
});
