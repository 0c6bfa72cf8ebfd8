import type { ParityWorld, Place } from "./parity-world.ts";

type Play = (world: ParityWorld) => Promise<void> | void;

/** A promise of a row of the tables in docs/prefect.md. */
export interface ParityCase {
  /** What Prefect calls it: the row's first column. */
  readonly row: string;
  readonly promise: string;
  /** Where the row is to be had. */
  readonly places: readonly Place[] | undefined;
  readonly run: Play;
}

/** The promises of a row, by their names. `places`: the only ones where it is to be had. */
export function row(name: string, promises: Readonly<Record<string, Play>>, places?: readonly Place[]): ParityCase[] {
  return Object.entries(promises).map(([promise, run]) => ({ row: name, promise, places, run }));
}
