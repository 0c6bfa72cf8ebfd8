import * as fc from "fast-check";

export const keys = ["a/0", "b/1"] as const;
const kinds = [
  "read", "look", "write", "delete", "deleteMany", "clear", "invalidate", "getOrCompute", "answer", "refresh",
  "withLock", "lateHolder", "serializable", "readCommitted",
] as const; // prettier-ignore

export interface Command {
  readonly kind: (typeof kinds)[number];
  readonly key: number;
  /** The work under a lock or in a transaction throws at its end. */
  readonly fails: boolean;
  /** The change deletes, as does an invalidation, which otherwise lets the record expire. */
  readonly deletes: boolean;
}

/** The calls of each client, which makes them one after the other. */
export type Clients = readonly (readonly Command[])[];

/** They conflict most, so they come more often. */
const rivals = ["withLock", "lateHolder", "write", "getOrCompute", "invalidate"] as const;

const anyCommand: fc.Arbitrary<Command> = fc.record({
  kind: fc.oneof(fc.constantFrom(...kinds), fc.constantFrom(...rivals)),
  key: fc.nat({ max: keys.length - 1 }),
  fails: fc.nat({ max: 3 }).map((n) => n === 3),
  deletes: fc.nat({ max: 3 }).map((n) => n === 3),
});
export const clients: fc.Arbitrary<Clients> = fc.array(fc.array(anyCommand, { minLength: 1, maxLength: 5 }), {
  minLength: 2,
  maxLength: 4,
});
