import { tellUnkept } from "../../core/events/store-event.ts";
import { assertStorageKey } from "../../core/record/storage-key.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { type Duration, toMilliseconds } from "../../core/support/duration.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { assertStoreOption } from "./store-option.ts";

/** The options of `createClientPersister`. */
export interface ClientPersisterOptions {
  /** The store. `undefined`: nothing is kept, which is what a server needs. */
  readonly store: ResultStore | undefined;
  /** The key of the record. Default: `"tanstack-query-client"`. */
  readonly key?: string | undefined;
  /** The shortest time between two writes. The latest state of the client is never skipped. Default: 1 second. */
  readonly throttleTime?: Duration | undefined;
}

/** The names of `ClientPersisterOptions`. */
export const clientPersisterOptionNames = [
  "store",
  "key",
  "throttleTime",
] as const satisfies readonly (keyof ClientPersisterOptions)[];

/** A `Persister` of `@tanstack/query-persist-client-core`. */
export interface ClientPersister {
  /** Keeps the client. Resolves when this state, or a later one, is kept. An event of the store reports one that can't be. */
  persistClient(client: object): Promise<void>;
  /** The client that was kept last. Rejects as `store.read` does. */
  restoreClient<Client>(): Promise<Client | undefined>;
  /** Deletes the client. A state that waits to be kept is dropped. */
  removeClient(): Promise<void>;
}

/**
 * Keeps a whole client of TanStack Query as one record, for `persistQueryClient` and `PersistQueryClientProvider`. Each tab
 * overwrites the record of the other tabs: with several tabs, use `createQueryPersister`. Throws `ConfigurationError` for
 * unknown options, and `InvalidArgumentError` for invalid ones.
 *
 * @example
 * ```ts
 * import { QueryClient } from "@tanstack/query-core";
 * import { persistQueryClient } from "@tanstack/query-persist-client-core";
 *
 * const persister = createClientPersister({ store, throttleTime: "2s" });
 * const [unsubscribe, restored] = persistQueryClient({ queryClient: new QueryClient(), persister });
 * await restored;
 * unsubscribe();
 * ```
 */
export function createClientPersister(options: ClientPersisterOptions): ClientPersister {
  assertOptions("createClientPersister", options, clientPersisterOptionNames);
  assertStoreOption("createClientPersister", options);
  const { store, key = "tanstack-query-client", throttleTime = 1_000 } = options;
  assertStorageKey(key);
  const interval = toMilliseconds(throttleTime, "throttleTime");
  let waiting: object | undefined;
  let flush: Promise<void> | undefined;
  let pause = Promise.resolve();
  let changes: Promise<unknown> = pause;
  const inOrder = <T>(change: () => Promise<T>): Promise<T> => {
    const changed = changes.then(change);
    changes = changed.catch(() => {});
    return changed;
  };
  const keep = async (): Promise<void> => {
    const client = waiting;
    if (!store || client === undefined) return;
    waiting = undefined;
    pause = new Promise((resolve) => void later(interval, resolve, { idle: true }));
    await store.write(key, client).catch((error: unknown) => tellUnkept(store.onEvent, key, error));
  };
  return {
    persistClient(client) {
      waiting = client;
      flush ??= pause.then(() => {
        flush = undefined;
        return inOrder(keep);
      });
      return flush;
    },
    async restoreClient<Client>() {
      return (await store?.read<Client>(key, { wait: false }))?.result;
    },
    async removeClient() {
      waiting = undefined;
      await inOrder(async () => store?.delete(key));
    },
  };
}
