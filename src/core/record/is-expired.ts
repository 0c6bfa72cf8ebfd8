/** Whether a record is over at `now`, in milliseconds since 1970. The one place where time is judged. */
export function isExpired({ expiration }: { readonly expiration?: Date | undefined }, now: number): boolean {
  return expiration !== undefined && expiration.getTime() <= now;
}
