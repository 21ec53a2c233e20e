/**
 * What maps/wire.py sends, and what decode.js makes of it.
 *
 * @typedef {{label: string, colour: string, symbol: string, pattern: string}} Look
 * @typedef {string | number | boolean | null} Value
 * @typedef {{values: Value[], at?: string}} Texts
 * @typedef {{templates: string[], sizes: string, which: string, numbers: number[]}} Phrases
 * @typedef {{label: string} & (Texts | Phrases)} WireColumn
 *
 * @typedef {object} WireLayer
 * @property {"fill" | "lines" | "marks" | "labels"} kind
 * @property {string} key
 * @property {string} name
 * @property {string | null} outline
 * @property {{shape: string, sizes: string, refs: string}} rings
 * @property {string} classes
 * @property {Look[]} looks
 * @property {WireColumn[]} columns
 * @property {Texts} [numbers]
 * @property {string} centres
 * @property {number[]} widths
 * @property {string} sizes
 * @property {string} xy
 * @property {boolean} counted
 * @property {number | null} alarm
 * @property {Texts | string[] | null} texts
 * @property {number} rank
 * @property {number} min_zoom
 *
 * @typedef {object} Wire
 * @property {string} key
 * @property {string} language
 * @property {number} steps
 * @property {[number, number, number, number]} bounds
 * @property {{sizes: string, xy: string}} arcs
 * @property {WireLayer[]} layers
 * @property {Record<string, string>} words
 * @property {Record<string, string>} symbols
 *
 * @typedef {object} Paths  Runs of vertices in world units, 0 to 1, and the box of each run.
 * @property {Float64Array} xy
 * @property {Int32Array} starts
 * @property {Float64Array} boxes
 *
 * @typedef {{label: string, at: (index: number) => string}} Column
 *
 * @typedef {object} Base
 * @property {string} key
 * @property {string} name
 * @property {boolean} shown
 * @property {Look[]} looks
 * @property {Float64Array} classes
 * @property {Column[]} columns
 *
 * @typedef {object} FillParts
 * @property {"fill"} kind
 * @property {string | null} outline
 * @property {Paths} rings
 * @property {Int32Array} ringStarts  First ring of each shape, and the end.
 * @property {Float64Array} boxes  Box of each shape.
 * @property {Paths} edges
 * @property {Float64Array | null} centres
 * @property {(index: number) => string} numbers
 *
 * @typedef {{kind: "lines", paths: Paths, widths: number[]}} LineParts
 * @typedef {{kind: "marks", xy: Float64Array, counted: boolean, alarm: number | null, texts: ((index: number) => string) | null, spots: Spot[]}} MarkParts
 * @typedef {{kind: "labels", xy: Float64Array, texts: string[], rank: number, minZoom: number}} LabelParts
 *
 * @typedef {Base & FillParts} FillLayer
 * @typedef {Base & LineParts} LineLayer
 * @typedef {Base & MarkParts} MarkLayer
 * @typedef {Base & LabelParts} LabelLayer
 * @typedef {FillLayer | LineLayer | MarkLayer | LabelLayer} Layer
 *
 * @typedef {{x: number, y: number, members: number[]}} Spot  World units; one member or many.
 *
 * @typedef {object} View  How world units become pixels of the canvas, and what can be seen.
 * @property {number} zoom
 * @property {number} scale
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {[number, number, number, number]} box
 *
 * @typedef {(token: string) => string} Colours
 * @typedef {{layer: Layer, members: number[], x: number, y: number}} Found
 */
export {};
