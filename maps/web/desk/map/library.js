// The map library: loaded only where this browser can draw with it.

/** @typedef {typeof import("maplibre-gl")} Library */

/** Whether there is WebGL 2 here: some control rooms work over a remote desktop without it. */
export function drawable() {
  const pen = document.createElement("canvas").getContext("webgl2");
  pen?.getExtension("WEBGL_lose_context")?.loseContext();
  return pen !== null;
}

/** @returns {Promise<Library>} */
export async function library() {
  /** @type {Library} */
  const maplibre = await import(at("maplibre-gl.mjs"));
  maplibre.setWorkerUrl(at("maplibre-gl-worker.mjs"));
  return maplibre;
}

/** @param {string} name */
function at(name) {
  return new URL(`../../maplibre/${name}`, import.meta.url).href;
}
