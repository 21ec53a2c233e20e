// What was typed survives a reload of the page, but for what says who somebody is.

/** @param {HTMLFormElement} form @param {string} name @returns {() => void} Forgets it. */
export function keepDraft(form, name) {
  const key = `desk.draft.${name}`;
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
