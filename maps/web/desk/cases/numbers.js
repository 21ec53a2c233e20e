// What was typed into the search may be a case's number: that case is found in whatever queue, or none.

const NUMBER = /^\d{2}-\d{6,}$/;

/** Where the case of this number is read; nothing if it looks like none. @param {string} typed */
export function numbered(typed) {
  const number = typed.trim();
  return NUMBER.test(number) ? `/api/incidents?case_no=${number}` : null;
}
