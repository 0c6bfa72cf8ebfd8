import type { ResultStore } from "../../core/store/result-store.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { type Duration, toMilliseconds } from "../../core/support/duration.ts";
import { PersistedQueries } from "./persisted-queries.ts";
import { assertPrefix } from "./persisted-query.ts";
import { QueryFetcher } from "./query-fetcher.ts";
import { assertStoreOption } from "./store-option.ts";
import type {
  PersistableClient,
  PersistableContext,
  PersistableQuery,
  PersistedQueryFilters,
  QueryFilters,
  PersisterFunction,
  QueryFunction,
} from "./tanstack-types.ts";

/** The options of `createQueryPersister`. They have the names that `experimental_createQueryPersister` has. */
export interface QueryPersisterOptions {
  /** The store. `undefined`: nothing is kept, which is what a server needs. */
  readonly store: ResultStore | undefined;
  /** Queries that were kept with another text are discarded. Default: `""`. */
  readonly buster?: string | undefined;
  /** How long a query is kept after its data was fetched. `Infinity`: for ever. Default: 24 hours. */
  readonly maxAge?: Duration | undefined;
  /** The keys of the records begin with it and a slash. Default: `"tanstack-query"`. */
  readonly prefix?: string | undefined;
  /**
   * Whether a query whose data comes from the store is fetched again in the background. `true` (default): if the data is
   * older than its `staleTime`. `"always"`: even if it is not.
   */
  readonly refetchOnRestore?: boolean | "always" | undefined;
  /** The queries that are kept. Default: all. */
  readonly filters?: QueryFilters | undefined;
}

/** The names of `QueryPersisterOptions`. */
export const queryPersisterOptionNames = [
  "store",
  "buster",
  "maxAge",
  "prefix",
  "refetchOnRestore",
  "filters",
] as const satisfies readonly (keyof QueryPersisterOptions)[];

/** What `createQueryPersister` returns. The functions have the names that those of `experimental_createQueryPersister` have. */
export interface QueryPersister {
  /** The option `persister` of a query, or of all queries of a client. */
  readonly persisterFn: PersisterFunction;
  /** Keeps the data that the query has, for instance after `setQueryData`. A fetch that is in progress is not kept. */
  persistQuery(query: PersistableQuery): Promise<void>;
  /** Like `persistQuery`, for the query with this key. Does nothing if the client has none. */
  persistQueryByKey(queryKey: readonly unknown[], client: PersistableClient): Promise<void>;
  /** The data that is kept for a query. Deletes it if it is expired, damaged or of another `buster`. */
  retrieveQuery<T>(queryHash: string): Promise<T | undefined>;
  /** Deletes the queries that are expired, damaged or of another `buster`. */
  persisterGc(): Promise<void>;
  /** Puts the queries that are kept into the client, unless it has newer data. */
  restoreQueries(client: PersistableClient, filters?: PersistedQueryFilters): Promise<void>;
  /**
   * Shows in the queries of the client, from now on, what other tabs fetch or keep. Of a query that both have, the newer data
   * wins. Returns a function that ends this.
   *
   * @example
   * ```ts
   * import { QueryClient } from "@tanstack/query-core";
   *
   * const persister = createQueryPersister({ store });
   * const stop = persister.syncQueries(new QueryClient());
   * stop();
   * ```
   */
  syncQueries(client: PersistableClient): () => void;
  /**
   * Deletes the queries that are kept, but not those in the memory of a client. Fetches of these queries that are in progress,
   * in any tab, are not kept.
   */
  removeQueries(filters?: PersistedQueryFilters): Promise<void>;
}

/**
 * Keeps the queries of TanStack Query in a store, each as a record. A query that has no data yet takes it from the store. If
 * there is none, one tab fetches it, and the others wait for the result. A query that has data fetches, and overwrites the
 * record. Data from the store keeps the time at which it was fetched, from which its `staleTime` counts.
 *
 * Throws `ConfigurationError` for unknown options, and `InvalidArgumentError` for invalid ones.
 *
 * @example
 * ```ts
 * import { QueryClient } from "@tanstack/query-core";
 *
 * const persister = createQueryPersister({ store, maxAge: "7d" });
 * const queryClient = new QueryClient({ defaultOptions: { queries: { persister: persister.persisterFn } } });
 * await queryClient.query({ queryKey: ["rows", 2026], queryFn: () => loadRows(2026) });
 * ```
 */
export function createQueryPersister(options: QueryPersisterOptions): QueryPersister {
  assertOptions("createQueryPersister", options, queryPersisterOptionNames);
  assertStoreOption("createQueryPersister", options);
  const { store, buster = "", maxAge = "24h", prefix = "tanstack-query", refetchOnRestore = true, filters } = options;
  assertPrefix(prefix);
  const age = maxAge === Infinity ? Infinity : toMilliseconds(maxAge, "maxAge");
  if (!store) return keepsNothing;
  const persisted = new PersistedQueries({ store, buster, prefix, maxAge: age });
  const fetcher = new QueryFetcher(persisted, refetchOnRestore);
  return {
    async persisterFn(queryFn: QueryFunction<unknown>, context: PersistableContext, query: PersistableQuery) {
      const isKept = !filters || context.client.getQueryCache().findAll(filters).includes(query);
      return (await (isKept ? fetcher.fetch(queryFn, context, query) : queryFn(context as never))) as never;
    },
    persistQuery: (query) => persisted.write(query),
    persistQueryByKey: async (queryKey, client) => {
      const query = client.getQueryCache().find({ queryKey });
      if (query) await persisted.write(query);
    },
    retrieveQuery: async <T>(queryHash: string) => (await persisted.retrieve(queryHash)) as T | undefined,
    persisterGc: () => persisted.collectGarbage(),
    restoreQueries: (client, which = {}) => persisted.restore(client, which),
    syncQueries: (client) => persisted.sync(client),
    removeQueries: (which = {}) => persisted.remove(which),
  };
}

const keepsNothing: QueryPersister = {
  persisterFn: async (queryFn: QueryFunction<unknown>, context: PersistableContext) =>
    (await queryFn(context as never)) as never,
  persistQuery: async () => {},
  persistQueryByKey: async () => {},
  retrieveQuery: async () => undefined,
  persisterGc: async () => {},
  restoreQueries: async () => {},
  syncQueries: () => () => {},
  removeQueries: async () => {},
};
