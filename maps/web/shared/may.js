// Which buttons are of use to whoever is signed in; the server decides anew at each request.

const held = document.documentElement.dataset.may;

/** @param {"import" | "study" | "plan" | "approve" | "manage" | "audit" | "contact" | "file" | "dispatch" | "lead" | "report" | "check" | "handle"} verb */
export function may(verb) {
  return held === undefined || held.split(" ").includes(verb);
}
