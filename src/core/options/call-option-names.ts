import type * as Call from "./call-options.ts";

export const lockOptionNames = [
  "holder",
  "signal",
  "holdTimeout",
  "acquireTimeout",
] as const satisfies readonly (keyof Call.StoreLockOptions)[];

/** The options that flows and settings can hold as defaults of tasks. */
export const freshnessNames = [
  "staleWhileRevalidate",
  "staleIfError",
  "softTimeout",
  "computeTimeout",
  "refreshAhead",
  "jitter",
  "errorExpiresIn",
] as const satisfies readonly (keyof Call.GetOrComputeOptions)[];

export const getOrComputeOptionNames = [
  "refresh",
  "schema",
  "onProgress",
  "expiration",
  "expiresIn",
  "tags",
  "keep",
  ...freshnessNames,
  ...lockOptionNames,
] as const satisfies readonly (keyof Call.GetOrComputeOptions)[];

export const readOptionNames = [
  "holder",
  "signal",
  "allowExpired",
  "schema",
  "timeout",
  "wait",
] as const satisfies readonly (keyof Call.ReadOptions)[];

export const writeOptionNames = [
  "ifMatch",
  "ifNoneMatch",
  "expiration",
  "expiresIn",
  "tags",
  "holder",
  "signal",
] as const satisfies readonly (keyof Call.WriteOptions)[];

export const scopeOptionNames = ["scope"] as const satisfies readonly (keyof Call.ScopeOptions)[];

export const deleteOptionNames = ["holder", "scope"] as const satisfies readonly (keyof Call.DeleteOptions)[];

export const invalidateOptionNames = ["mode", "scope"] as const satisfies readonly (keyof Call.InvalidateOptions)[];

export const listOptionNames = [
  "prefix",
  "cursor",
  "limit",
  "allowExpired",
  "scope",
] as const satisfies readonly (keyof Call.ListOptions)[];
