// Leaflet is a classic script: its namespace is the global L, and folium's map a global variable.
import * as Leaflet from "leaflet";

declare global {
  interface Window {
    map_sheet: Leaflet.Map;
  }
}

// What the drawing surface takes over from Leaflet's renderer; not in its published types.
declare module "leaflet" {
  interface Renderer {
    _container: HTMLCanvasElement;
    _bounds: { min: Point; getSize(): Point };
    _update(): void;
  }
  interface Map {
    _animatingZoom: boolean;
  }
}
