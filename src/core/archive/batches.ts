const maxRecords = 32;
const maxBytes = 8 * 1_024 * 1_024;

/**
 * Groups items for concurrent work. A group has at most 32 items, and at most 8 MiB unless one item is longer. If the items end
 * with an error, the last group comes before it.
 */
export async function* batches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  bytesOf: (item: T) => number,
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const item of items) {
      const length = bytesOf(item);
      if (batch.length === maxRecords || (batch.length > 0 && bytes + length > maxBytes)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(item);
      bytes += length;
    }
  } catch (error) {
    failure = { error };
  }
  if (batch.length > 0) yield batch;
  if (failure) throw failure.error;
}
