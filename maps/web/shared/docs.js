// The interface's description, drawn by Swagger UI.

/** @type {{SwaggerUIBundle: (options: object) => void}} */ (/** @type {unknown} */ (window)).SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
});
