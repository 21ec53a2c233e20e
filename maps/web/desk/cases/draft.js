// What was typed survives a reload of the page, but for what says who somebody is; it is shown to
// nobody else who signs in on this machine.

/** What the browser keeps for whoever is signed in. @param {string} name */
export function keyOf(name) {
  return `desk.${document.documentElement.dataset.login}.${name}`;
}

/** @param {HTMLFormElement} form @param {string} name @returns {() => void} Forgets it. */
export function keepDraft(form, name) {
  const key = keyOf(name);
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  for (const field of fields(form)) {
    if (!(field.name in kept)) continue;
    if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) field.checked = kept[field.name] === field.value;
    else field.value = kept[field.name];
  }
  const keep = () => sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields(form).filter(said).map((field) => [field.name, field.value]))));
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  return () => sessionStorage.removeItem(key);
}

/** @param {HTMLFormElement} form */
function fields(form) {
  const all = /** @type {(HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[]} */ ([...form.querySelectorAll("input, select, textarea")]);
  return all.filter((field) => field.name && !field.closest("[data-private]"));
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field */
function said(field) {
  return !(field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) || field.checked;
}
