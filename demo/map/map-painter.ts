import { atlasFiles } from "./atlas-files.ts";
import type { Picture } from "./paint-map.ts";
import type { Painted, PaintTask } from "./paint-worker.ts";
import { isWorld } from "./projection.ts";

interface Waiting {
  readonly resolve: (bitmap: ImageBitmap) => void;
  readonly reject: (error: Error) => void;
}

/** Paints maps in a worker, since coasts and densities would block the page for some hundred milliseconds. */
export class MapPainter {
  readonly #worker = new Worker(new URL("paint-worker.ts", import.meta.url), { type: "module", name: "painter" });
  readonly #waiting = new Map<number, Waiting>();
  /** The regions of which the worker has the atlas. */
  readonly #given = new Set<boolean>();
  #tasks = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data: { id, bitmap } }: MessageEvent<Painted>) => {
      this.#waiting.get(id)?.resolve(bitmap);
      this.#waiting.delete(id);
    });
    this.#worker.addEventListener("error", ({ message }) => {
      const error = new Error(message || "the worker that draws could not be started");
      this.#waiting.forEach(({ reject }) => reject(error));
      this.#waiting.clear();
      this.#given.clear();
    });
  }

  /** Rejects where coasts and borders can't be loaded. */
  async paint(picture: Picture): Promise<ImageBitmap> {
    const region = isWorld(picture.map);
    const atlas = await atlasFiles.get(region);
    const id = ++this.#tasks;
    const { promise, resolve, reject } = Promise.withResolvers<ImageBitmap>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.postMessage({ id, picture, ...(!this.#given.has(region) && { atlas }) } satisfies PaintTask);
    this.#given.add(region);
    return promise;
  }
}
