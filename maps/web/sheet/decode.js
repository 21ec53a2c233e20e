// The other end of maps/wire.py: text back to numbers, arcs back to rings.

/** @import {Base, Column, FillParts, Layer, LabelParts, LineParts, MarkParts, Paths, Texts, Wire, WireColumn, WireLayer} from "./types.js" */

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const DIGIT = new Uint8Array(128);
for (let place = 0; place < 64; place++) DIGIT[ALPHABET.charCodeAt(place)] = place;

/** @param {string} text */
export function varints(text) {
  const values = new Float64Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let factor = 1;
    let digit;
    do {
      digit = DIGIT[text.charCodeAt(at++)];
      value += (digit & 31) * factor;
      factor *= 32;
    } while (digit & 32);
    values[count++] = value % 2 ? -(value + 1) / 2 : value / 2;
  }
  return values.subarray(0, count);
}

/** Running sums: differences back to values. @param {Float64Array} steps */
function summed(steps) {
  for (let at = 1; at < steps.length; at++) steps[at] += steps[at - 1];
  return steps;
}

/** Offsets from sizes: one longer, beginning with 0. @param {ArrayLike<number>} sizes */
function offsets(sizes) {
  const starts = new Int32Array(sizes.length + 1);
  for (let at = 0; at < sizes.length; at++) starts[at + 1] = starts[at] + sizes[at];
  return starts;
}

/** Longitude and latitude to web mercator, 0 to 1. @param {number} lon @param {number} lat */
export function world(lon, lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

/** @param {string} text @param {number} steps */
function points(text, steps) {
  const xy = varints(text);
  for (let at = 2; at < xy.length; at++) xy[at] += xy[at - 2];
  for (let at = 0; at < xy.length; at += 2) {
    const [x, y] = world(xy[at] / steps, xy[at + 1] / steps);
    xy[at] = x;
    xy[at + 1] = y;
  }
  return xy;
}

/** @param {Float64Array} xy @param {Int32Array} starts @returns {Paths} */
function paths(xy, starts) {
  const boxes = new Float64Array((starts.length - 1) * 4);
  for (let run = 0; run + 1 < starts.length; run++) {
    boxes.set(boxOf(xy, starts[run], starts[run + 1]), run * 4);
  }
  return { xy, starts, boxes };
}

/** @param {Float64Array} xy @param {number} from @param {number} to */
function boxOf(xy, from, to) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = from; at < to; at++) {
    box[0] = Math.min(box[0], xy[at * 2]);
    box[1] = Math.min(box[1], xy[at * 2 + 1]);
    box[2] = Math.max(box[2], xy[at * 2]);
    box[3] = Math.max(box[3], xy[at * 2 + 1]);
  }
  return box;
}

/** @param {Wire} wire @returns {Layer[]} */
export function layers(wire) {
  const arcs = paths(points(wire.arcs.xy, wire.steps), offsets(varints(wire.arcs.sizes)));
  return wire.layers.map((layer) => ({ ...base(layer), ...parts(layer, arcs, wire.steps) }));
}

/** @param {WireLayer} layer @returns {Base} */
function base(layer) {
  return {
    key: layer.key,
    name: layer.name,
    shown: true,
    looks: layer.looks ?? [],
    classes: varints(layer.classes ?? ""),
    columns: (layer.columns ?? []).map(column),
  };
}

/** @param {WireLayer} layer @param {Paths} arcs @param {number} steps */
function parts(layer, arcs, steps) {
  const kinds = { fill, lines, marks, labels };
  return kinds[layer.kind](layer, steps, arcs);
}

/** @param {WireLayer} layer @param {number} steps @param {Paths} arcs @returns {FillParts} */
function fill(layer, steps, arcs) {
  const sizes = varints(layer.rings.sizes);
  const refs = summed(varints(layer.rings.refs));
  const rings = assembled(arcs, refs, offsets(sizes));
  const ringStarts = firstRings(summed(varints(layer.rings.shape)), varints(layer.classes).length);
  return {
    kind: "fill",
    outline: layer.outline,
    rings,
    ringStarts,
    boxes: shapeBoxes(rings.boxes, ringStarts),
    edges: used(arcs, refs),
    centres: layer.numbers ? points(layer.centres, steps) : null,
    numbers: layer.numbers ? texts(layer.numbers) : () => "",
  };
}

/** @param {Paths} arcs @param {Float64Array} refs @param {Int32Array} ends @returns {Paths} */
function assembled(arcs, refs, ends) {
  const sizes = new Int32Array(ends.length - 1);
  let total = 0;
  for (let ring = 0; ring < sizes.length; ring++) {
    for (let at = ends[ring]; at < ends[ring + 1]; at++) {
      const arc = refs[at] < 0 ? ~refs[at] : refs[at];
      sizes[ring] += arcs.starts[arc + 1] - arcs.starts[arc] - 1;
    }
    total += sizes[ring];
  }
  const xy = new Float64Array(total * 2);
  let put = 0;
  for (const ref of refs) {
    const back = ref < 0;
    const arc = back ? ~ref : ref;
    const size = arcs.starts[arc + 1] - arcs.starts[arc] - 1;
    let at = back ? arcs.starts[arc + 1] - 1 : arcs.starts[arc];
    for (let step = 0; step < size; step++, at += back ? -1 : 1) {
      xy[put++] = arcs.xy[at * 2];
      xy[put++] = arcs.xy[at * 2 + 1];
    }
  }
  return paths(xy, offsets(sizes));
}

/** The arcs that a layer uses, each once. @param {Paths} arcs @param {Float64Array} refs */
function used(arcs, refs) {
  const numbers = [...new Set(Array.from(refs, (ref) => (ref < 0 ? ~ref : ref)))];
  const pieces = numbers.map((arc) =>
    arcs.xy.subarray(arcs.starts[arc] * 2, arcs.starts[arc + 1] * 2),
  );
  const starts = offsets(pieces.map((piece) => piece.length / 2));
  const xy = new Float64Array(starts[pieces.length] * 2);
  pieces.forEach((piece, at) => xy.set(piece, starts[at] * 2));
  return paths(xy, starts);
}

/** @param {Float64Array} shapes  Shape of each ring, ascending. @param {number} count */
function firstRings(shapes, count) {
  const sizes = new Int32Array(count);
  for (const shape of shapes) sizes[shape]++;
  return offsets(sizes);
}

/** @param {Float64Array} boxes  Box of each ring. @param {Int32Array} ringStarts */
function shapeBoxes(boxes, ringStarts) {
  const corners = new Float64Array((ringStarts.length - 1) * 4);
  for (let shape = 0; shape + 1 < ringStarts.length; shape++) {
    corners.set(boxOf(boxes, ringStarts[shape] * 2, ringStarts[shape + 1] * 2), shape * 4);
  }
  return corners;
}

/** @param {WireLayer} layer @param {number} steps @returns {LineParts} */
function lines(layer, steps) {
  const runs = paths(points(layer.xy, steps), offsets(varints(layer.sizes)));
  return { kind: "lines", paths: runs, widths: layer.widths };
}

/** @param {WireLayer} layer @param {number} steps @returns {MarkParts} */
function marks(layer, steps) {
  const named = /** @type {Texts | null} */ (layer.texts);
  return {
    kind: "marks",
    xy: points(layer.xy, steps),
    counted: layer.counted,
    alarm: layer.alarm,
    texts: named && texts(named),
    spots: [],
  };
}

/** @param {WireLayer} layer @param {number} steps @returns {LabelParts} */
function labels(layer, steps) {
  return {
    kind: "labels",
    xy: points(layer.xy, steps),
    texts: /** @type {string[]} */ (layer.texts),
    rank: layer.rank,
    minZoom: layer.min_zoom,
  };
}

/** @param {WireColumn} wire @returns {Column} */
function column(wire) {
  return { label: wire.label, at: "templates" in wire ? phrases(wire) : texts(wire) };
}

/** @param {Texts} wire */
function texts(wire) {
  const places = wire.at === undefined ? null : varints(wire.at);
  return (/** @type {number} */ index) => {
    const value = wire.values[places ? places[index] : index];
    return value === null || value === undefined ? "" : String(value);
  };
}

/** @param {import("./types.js").Phrases} wire */
function phrases(wire) {
  const starts = offsets(varints(wire.sizes));
  const which = varints(wire.which);
  return (/** @type {number} */ index) => {
    const said = [];
    for (let at = starts[index]; at < starts[index + 1]; at++) {
      said.push(wire.templates[which[at]].replaceAll("{n}", String(wire.numbers[at])));
    }
    return said.join("\n");
  };
}
