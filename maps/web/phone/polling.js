// How a page learns of news while somebody looks at it: it asks.

/** @param {() => Promise<unknown>} read @param {number} every in ms */
export function poll(read, every) {
  setInterval(() => { if (!document.hidden) void read(); }, every);
}
