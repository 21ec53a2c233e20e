// The interface's description, drawn by Swagger UI; to be tried out with one's own sign-in.

import { get } from "./api.js";

/** @type {{csrf: string | null} | null} */
const account = await get("/api/account").catch(() => null);

/** @param {{headers: Record<string, string>}} request */
function withToken(request) {
  if (account?.csrf) request.headers["X-CSRF-Token"] = account.csrf;
  return request;
}

/** @type {{SwaggerUIBundle: (options: object) => void}} */ (/** @type {unknown} */ (window)).SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: withToken,
});
