import type * as Call from "./call-options.ts";

export const lockOptionNames = [
  "holder",
  "signal",
  "holdTimeout",
  "acquireTimeout",
] as const satisfies readonly (keyof Call.StoreLockOptions)[];

export const getOrComputeOptionNames = [
  "refresh",
  "schema",
  "expiration",
  "expiresIn",
  "holder",
  "signal",
  "holdTimeout",
  "acquireTimeout",
] as const satisfies readonly (keyof Call.GetOrComputeOptions)[];

export const readOptionNames = [
  "holder",
  "signal",
  "allowExpired",
  "schema",
  "timeout",
] as const satisfies readonly (keyof Call.ReadOptions)[];

export const writeOptionNames = [
  "ifMatch",
  "ifNoneMatch",
  "expiration",
  "expiresIn",
  "holder",
  "signal",
] as const satisfies readonly (keyof Call.WriteOptions)[];

export const listOptionNames = [
  "prefix",
  "cursor",
  "limit",
  "allowExpired",
] as const satisfies readonly (keyof Call.ListOptions)[];
