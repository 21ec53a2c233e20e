// One canvas over the map: drawn anew when the map has come to rest, moved with it meanwhile.

/** @import {View} from "./types.js" */

export class Surface extends L.Renderer {
  /** @param {(pen: CanvasRenderingContext2D, view: View) => void} draw */
  constructor(draw) {
    super({ padding: 0.2 });
    this.draw = draw;
  }

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
  }

  _destroyContainer() {
    this._container.remove();
  }

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    super._update();
    const size = this._bounds.getSize();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = size.x * ratio;
    this._container.height = size.y * ratio;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    const pen = /** @type {CanvasRenderingContext2D} */ (this._container.getContext("2d"));
    pen.scale(ratio, ratio);
    this.draw(pen, this.view());
  }

  /** @returns {View} */
  view() {
    const zoom = this._map.getZoom();
    const corner = this._map.getPixelOrigin().add(this._bounds.min);
    const { x: width, y: height } = this._bounds.getSize();
    const scale = 256 * 2 ** zoom;
    const [left, top] = [corner.x, corner.y];
    return {
      zoom,
      scale,
      left,
      top,
      width,
      height,
      box: [left / scale, top / scale, (left + width) / scale, (top + height) / scale],
    };
  }
}

/** Whether box number `at` can be seen. @param {Float64Array} boxes @param {number} at @param {View} view */
export function seen(boxes, at, { box }) {
  return (
    boxes[at * 4] <= box[2] &&
    boxes[at * 4 + 2] >= box[0] &&
    boxes[at * 4 + 1] <= box[3] &&
    boxes[at * 4 + 3] >= box[1]
  );
}
