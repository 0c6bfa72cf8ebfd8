import type { DensityMap } from "./kde.ts";

/** A map as it is kept. */
export interface KeptMap extends DensityMap {
  /** Who computed it: records don't tell. This and the next are absent in maps of earlier versions of this page. */
  readonly computedBy?: "browser" | "worker";
  /** How long that took, in milliseconds. */
  readonly computedIn?: number;
}
