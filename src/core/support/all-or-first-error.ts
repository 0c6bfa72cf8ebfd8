/** As `Promise.all`, but lets all end before it rejects, so that none goes on unseen. */
export async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
