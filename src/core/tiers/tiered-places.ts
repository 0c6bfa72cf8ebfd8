import { InvalidArgumentError, StorageUnreachableError } from "../../errors/index.ts";

/** Where a computation began in each tier. */
export interface Places {
  /** `false`: the truth could not be asked. */
  readonly truth: string | false | undefined;
  /** Of the other tiers, from near to far. */
  readonly near: NearPlaces;
}

export type NearPlaces = readonly (string | undefined)[];

export function joinPlaces({ truth, near }: Places): string {
  return JSON.stringify([truth, ...near]);
}

/** The places in a text of `joinPlaces`. */
export function splitPlaces(since: string | undefined): Places | undefined {
  if (since === undefined) return undefined;
  const places = parse(since);
  if (!Array.isArray(places)) throw new InvalidArgumentError("The write's place is none that begin has given");
  const [truth, ...near] = places.map((place: unknown) =>
    typeof place === "string" || place === false ? place : undefined,
  );
  return { truth, near: near as NearPlaces };
}

/** The text may come from a client on another machine. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The place in the truth. Throws `StorageUnreachableError` if the truth could not be asked: it can't know what has changed since. */
export function placeInTruth(places: Places | undefined, key: string): string | undefined {
  if (places?.truth !== false) return places?.truth;
  throw new StorageUnreachableError(`The value of "${key}" began while the storage could not be reached`, { key });
}
