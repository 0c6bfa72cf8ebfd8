/** Whether a record has expired at `now`, in milliseconds since 1970. All checks of expiration use this function. */
export function isExpired({ expiration }: { readonly expiration?: Date | undefined }, now: number): boolean {
  return expiration !== undefined && expiration.getTime() <= now;
}
