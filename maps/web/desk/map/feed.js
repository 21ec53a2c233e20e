// Bringing changes to a source of the map: those of a moment together, as differences.

/** @import {GeoJSONSource, Map as MapLibre} from "maplibre-gl" */
/** @import {Feature} from "geojson" */

const PAUSE_MS = 250;

/**
 * @param {string} name The source. @param {(id: string) => Feature | null} feature What is there by an identity now, if anything.
 * @returns {{all: (map: MapLibre, ids: Iterable<string>) => void, heed: (ids: Iterable<string>) => void}}
 */
export function feed(name, feature) {
  /** @type {Set<string>} */
  const waiting = new Set();
  /** @type {MapLibre | null} */
  let map = null;
  let timer = 0;

  const flush = () => {
    timer = 0;
    const source = /** @type {GeoJSONSource | undefined} */ (map?.getSource(name));
    if (!source || !waiting.size) return;
    const ids = [...waiting];
    waiting.clear();
    const add = ids.map(feature).filter((each) => each !== null);
    const there = new Set(add.map((each) => each.properties?.id));
    void source.updateData({ add, remove: ids.filter((id) => !there.has(id)) });
    timer = setTimeout(flush, PAUSE_MS);
  };

  /** @param {Iterable<string>} ids */
  const heed = (ids) => {
    for (const id of ids) waiting.add(id);
    timer ||= setTimeout(flush);
  };

  return { heed, all: (to, ids) => { map = to; heed(ids); } };
}

/** @param {string} id @param {number} lon @param {number} lat @param {Record<string, unknown>} properties @returns {Feature} */
export function point(id, lon, lat, properties) {
  return { type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties: { id, ...properties } };
}
