// What a phone keeps by itself: what is to be sent, what is being written, what was read last.

/**
 * @typedef {"items" | "photos" | "drafts" | "kept"} Shop
 * @typedef {Record<Shop, IDBObjectStore>} Shops
 */

const NAME = "field";

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

function opened() {
  opening ??= open().catch((failure) => {
    opening = null;
    throw failure;
  });
  return opening;
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => {
    const items = asked.result.createObjectStore("items", { keyPath: "n", autoIncrement: true });
    items.createIndex("id", "id", { unique: true });
    items.createIndex("owner", "owner");
    asked.result.createObjectStore("photos", { keyPath: "id" });
    for (const name of ["drafts", "kept"]) asked.result.createObjectStore(name, { keyPath: ["owner", "name"] });
  };
  return new Promise((resolve, reject) => {
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      // A newer page in another tab must not wait for this one.
      asked.result.onversionchange = () => asked.result.close();
      asked.result.onclose = () => { opening = null; };
      resolve(asked.result);
    };
  });
}

/**
 * Does something in one transaction, and answers only after all of it lies on the disk.
 * @template T @param {Shop[]} names @param {(shops: Shops) => T | Promise<T>} work @returns {Promise<T>}
 */
export async function change(names, work) {
  const database = await opened();
  const transaction = database.transaction(names, "readwrite", { durability: "strict" });
  const ended = end(transaction);
  try {
    const result = await work(shops(transaction, names));
    await ended;
    return result;
  } catch (failure) {
    ended.catch(() => {});
    if (!transaction.error) abort(transaction);
    throw transaction.error ?? failure;
  }
}

/** @template T @param {Shop[]} names @param {(shops: Shops) => Promise<T>} work @returns {Promise<T>} */
export async function look(names, work) {
  const database = await opened();
  return work(shops(database.transaction(names), names));
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Whether the phone had room for it. @param {Promise<void>} kept */
export async function fits(kept) {
  try {
    await kept;
    return true;
  } catch (failure) {
    if (!(failure instanceof DOMException && failure.name === "QuotaExceededError")) throw failure;
    return false;
  }
}

/** @param {IDBTransaction} transaction @param {Shop[]} names */
function shops(transaction, names) {
  return /** @type {Shops} */ (Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function end(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {IDBTransaction} transaction */
function abort(transaction) {
  try {
    transaction.abort();
  } catch {
    // It had ended by itself.
  }
}
