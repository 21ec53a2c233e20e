// A photo made small enough for a bad line, on a phone with little memory.

import { exifOf, withExif } from "./exif.js";

const LONGEST = 1600;
const SMALL = 400_000;
const LARGEST = 900_000;
const QUALITIES = [0.8, 0.6, 0.4];

/** One at a time: each is some 50 MB while it is decoded. @type {Promise<unknown>} */
let before = Promise.resolve();

/** @param {File} file @returns {Promise<Blob>} Rejects if it is no picture that this phone can read. */
export function shrink(file) {
  const made = before.then(() => shrunk(file));
  before = made.catch(() => {});
  return made;
}

/** @param {File} file */
async function shrunk(file) {
  if (file.type === "image/jpeg" && file.size <= SMALL) return file;
  const exif = await exifOf(file);
  const small = await drawn(file);
  return exif ? withExif(small, exif) : small;
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
