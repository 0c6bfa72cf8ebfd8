/** Like `Promise.all`, but waits for all promises before it rejects, so that none continues unnoticed. */
export async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
