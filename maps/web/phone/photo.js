// A photo made small enough for a bad line, on a phone with little memory.

import { exifOf, withExif } from "./exif.js";

const LONGEST = 1600;
const SMALL = 400_000;
const LARGEST = 900_000;
const QUALITIES = [0.8, 0.6, 0.4];

/** One at a time: each is some 50 MB while it is decoded. @type {Promise<unknown>} */
let before = Promise.resolve();

/** What was taken and is not in its place yet. @type {Set<Promise<void>>} */
const coming = new Set();

/** @param {Promise<void>} taken */
export function expect(taken) {
  coming.add(taken);
  void taken.finally(() => coming.delete(taken));
}

/** Whoever sends waits for what was taken just before: on a slow phone it takes seconds. */
export async function allTaken() {
  while (coming.size) await Promise.allSettled(coming);
}

/** @param {File} file @returns {Promise<Blob>} Rejects if it is no picture that this phone can read. */
export function shrink(file) {
  const made = before.then(() => shrunk(file));
  before = made.catch(() => {});
  return made;
}

/** @param {File} file */
async function shrunk(file) {
  if (file.size <= SMALL && (await isJpeg(file))) return seen(file);
  const exif = await exifOf(file);
  const small = await drawn(file);
  return exif ? withExif(small, exif) : small;
}

/** By its bytes: a name says anything. @param {File} file */
async function isJpeg(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return file.type === "image/jpeg" && first === 0xff && second === 0xd8;
}

/** It is taken as it is only if it can be seen. @param {File} file */
async function seen(file) {
  const address = URL.createObjectURL(file);
  await loaded(address).finally(() => URL.revokeObjectURL(address));
  return file;
}

/** An <img> is decoded straight to the smaller size; createImageBitmap would hold all of it. @param {File} file @returns {Promise<Blob>} */
async function drawn(file) {
  const address = URL.createObjectURL(file);
  const canvas = document.createElement("canvas");
  try {
    const image = await loaded(address);
    const scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await jpeg(canvas);
  } finally {
    URL.revokeObjectURL(address);
    // Gives the memory back at once and not with the next collection.
    canvas.width = canvas.height = 0;
  }
}

/** @param {string} address @returns {Promise<HTMLImageElement>} */
function loaded(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new TypeError("not a picture"));
    image.src = address;
  });
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
async function jpeg(canvas) {
  for (const quality of QUALITIES) {
    /** @type {Blob | null} */
    const made = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
    if (made === null) break;
    if (made.size <= LARGEST || quality === QUALITIES.at(-1)) return made;
  }
  throw new TypeError("no memory for the picture");
}
