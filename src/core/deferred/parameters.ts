import { RecordNotFoundError } from "../../errors/index.ts";
import type { ResultStore } from "../store/result-store.ts";

/**
 * Keeps the parameters of later work under `parameters/<id>`. Rejects as `ResultStore.write` does.
 *
 * @example
 * ```ts
 * await storeParameters(store, "nightly", { city: "Oslo" });
 * await readParameters(store, "nightly"); // { city: "Oslo" }
 * ```
 */
export async function storeParameters(store: ResultStore, id: string, parameters: unknown): Promise<void> {
  await store.write(keyOf(id), parameters);
}

/**
 * Reads the parameters that `storeParameters` kept. Rejects with `RecordNotFoundError` if there are none.
 *
 * @example
 * ```ts
 * await storeParameters(store, "weekly", { city: "Bergen" });
 * await readParameters(store, "weekly"); // { city: "Bergen" }
 * ```
 */
export async function readParameters<T = unknown>(store: ResultStore, id: string): Promise<T> {
  const key = keyOf(id);
  const record = await store.read<T>(key);
  if (!record)
    throw new RecordNotFoundError(
      `No parameters are stored under "${id}": call storeParameters(store, "${id}", parameters) first`,
      { key },
    );
  return record.result;
}

function keyOf(id: string): string {
  return `parameters/${id}`;
}
