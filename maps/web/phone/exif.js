// What the camera wrote into a photo: when and where. Making a photo smaller loses it, and the server
// compares it with what is claimed. So it is carried over as it stands, but for the orientation.

const HEAD = 262_144;
const ORIENTATION = 0x0112;
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** The segment of a JPEG that holds it. @param {Blob} file @returns {Promise<Uint8Array<ArrayBuffer> | null>} */
export async function exifOf(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  const view = new DataView(bytes.buffer);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 10 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const end = at + 2 + view.getUint16(at + 2);
    const isExif = bytes[at + 1] === 0xe1 && EXIF.every((byte, i) => bytes[at + 4 + i] === byte);
    if (isExif) return end <= bytes.length ? bytes.slice(at, end) : null;
    at = end;
  }
  return null;
}

/** A JPEG drawn anew with it put back in. @param {Blob} jpeg @param {Uint8Array<ArrayBuffer>} exif */
export function withExif(jpeg, exif) {
  return new Blob([new Uint8Array([0xff, 0xd8]), upright(exif), jpeg.slice(2)], { type: jpeg.type });
}

/** What was drawn anew stands upright already: told twice, it would be turned twice. @param {Uint8Array<ArrayBuffer>} exif */
function upright(exif) {
  const view = new DataView(exif.buffer);
  const start = 10;
  try {
    const little = view.getUint16(start) === 0x4949;
    const directory = start + view.getUint32(start + 4, little);
    const entries = view.getUint16(directory, little);
    for (let i = 0; i < entries; i += 1) {
      const entry = directory + 2 + i * 12;
      if (view.getUint16(entry, little) === ORIENTATION) view.setUint16(entry + 8, 1, little);
    }
  } catch (failure) {
    // Cut off or made up: what cannot be read here the server cannot read either.
    if (!(failure instanceof RangeError)) throw failure;
  }
  return exif;
}
