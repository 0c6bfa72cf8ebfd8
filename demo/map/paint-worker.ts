import { type Geography, parseGeography } from "./geography.ts";
import { type BaseMap, paintBaseMap, paintMap, type Picture } from "./paint-map.ts";
import { isWorld } from "./projection.ts";

export interface PaintTask {
  readonly id: number;
  readonly picture: Picture;
  /** The files with coasts and borders, with the first picture of a region. */
  readonly atlas?: readonly string[];
}

export interface Painted {
  readonly id: number;
  readonly bitmap: ImageBitmap;
}

// by whether they show the world
const geographies = new Map<boolean, Geography>();
const baseMaps = new Map<boolean, BaseMap & { readonly size: string }>();

/** One message in, one with the picture out. The `onerror` of the page gets errors. */
globalThis.addEventListener("message", ({ data: { id, picture, atlas } }: MessageEvent<PaintTask>) => {
  if (atlas) geographies.set(isWorld(picture.map), parseGeography(atlas));
  const bitmap = paintMap(picture, baseMapFor(picture));
  globalThis.postMessage({ id, bitmap } satisfies Painted, { transfer: [bitmap] });
});

function baseMapFor(picture: Picture): BaseMap {
  const { map, width, height, scale, scheme } = picture;
  const size = String([width, height, scale, scheme]);
  const kept = baseMaps.get(isWorld(map));
  if (kept?.size === size) return kept;
  const geography = geographies.get(isWorld(map));
  if (geography === undefined) throw new Error("The first picture of a region needs its atlas");
  const painted = { ...paintBaseMap(picture, geography), size };
  baseMaps.set(isWorld(map), painted);
  return painted;
}
