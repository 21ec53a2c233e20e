// Elements, with everything that people typed set as text and never as markup.

/** @typedef {Node | string | null | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name @param {Record<string, string | number | boolean>} attributes @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (found);
}

/** Buttons sleep until the script that answers them is there. @param {...string} ids */
export function enable(...ids) {
  for (const id of ids) /** @type {HTMLButtonElement} */ (byId(id)).disabled = false;
}

/** @param {HTMLElement} place @param {...Child} children */
export function fill(place, ...children) {
  place.replaceChildren(...children.filter((child) => child !== null && child !== false));
  place.removeAttribute("aria-busy");
}
