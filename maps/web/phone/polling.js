// How a page learns of news: it asks while somebody looks at it; what is told of them by itself is
// asked for now and then all the same.

const SELDOM = 10;

/** @param {() => Promise<unknown>} read @param {number} every in ms @param {() => boolean} isLive */
export function poll(read, every, isLive) {
  let turn = 0;
  setInterval(() => {
    turn += 1;
    if (!document.hidden && (!isLive() || turn % SELDOM === 0)) void read();
  }, every);
}
