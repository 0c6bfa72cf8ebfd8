interface Lifetime {
  readonly expiration?: Date | undefined;
  readonly staleFor?: number | undefined;
}

/** Whether a record has expired at `now`, in milliseconds since 1970. All checks of expiration use this function. */
export function isExpired({ expiration }: Lifetime, now: number): boolean {
  return expiration !== undefined && expiration.getTime() <= now;
}

/** Whether a record can't even be served stale at `now`, so that a storage may delete it. */
export function isGone({ expiration, staleFor = 0 }: Lifetime, now: number): boolean {
  return expiration !== undefined && expiration.getTime() + staleFor <= now;
}
