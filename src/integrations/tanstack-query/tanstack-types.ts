/** The members of TanStack Query's `Query` that a persister uses. */
export interface PersistableQuery {
  /** The hash of its key. */
  readonly queryHash: string;
  /** Its key. */
  readonly queryKey: readonly unknown[];
  /** Its state. Times are milliseconds since 1970. */
  readonly state: { readonly data: unknown; readonly dataUpdatedAt: number; readonly dataUpdateCount: number };
  /** Gives it data that was fetched at `updatedAt`, in milliseconds since 1970. `manual`: a fetch in progress goes on. */
  setData(data: unknown, options: { updatedAt: number; manual: boolean }): unknown;
  /** Changes the time from which its `staleTime` counts. */
  setState(state: { dataUpdatedAt: number }): void;
  /** Whether its data is older than its `staleTime`. */
  isStale(): boolean;
  /** Fetches it again. */
  fetch(): Promise<unknown>;
}

/** Finds queries of a client. These are the `QueryFilters` of TanStack Query. */
export interface QueryFilters {
  /** The key, or the beginning of it. */
  readonly queryKey?: readonly unknown[];
  /** Whether `queryKey` is the whole key. */
  readonly exact?: boolean;
  /** Whether a component shows the query. */
  readonly type?: "all" | "active" | "inactive";
  /** Whether the data of the query is stale. */
  readonly stale?: boolean;
  /** Whether the query is being fetched. */
  readonly fetchStatus?: "fetching" | "paused" | "idle";
  /** Decides about a query that the other filters match. */
  predicate?(query: PersistableQuery): boolean;
}

/** Finds queries that are kept. */
export type PersistedQueryFilters = Pick<QueryFilters, "queryKey" | "exact">;

/** The members of TanStack Query's `QueryClient` that a persister uses. */
export interface PersistableClient {
  /** The queries of the client. */
  getQueryCache(): PersistableQueryCache;
  /** Gives a query data that was fetched at `updatedAt`, in milliseconds since 1970. */
  setQueryData(queryKey: readonly unknown[], data: unknown, options: { updatedAt: number }): unknown;
}

/** The members of TanStack Query's `QueryCache` that a persister uses. */
export interface PersistableQueryCache {
  /** The query with this hash. */
  get(queryHash: string): PersistableQuery | undefined;
  /** The query with this key. */
  find(filters: { queryKey: readonly unknown[] }): PersistableQuery | undefined;
  /** The queries that the filters match. */
  findAll(filters: QueryFilters): readonly PersistableQuery[];
}

/** The members of a query function's argument that a persister uses. It passes on all members. */
export interface PersistableContext {
  /** The client of the query. */
  readonly client: PersistableClient;
  /** Aborts when the fetch is cancelled. */
  readonly signal: AbortSignal;
}

/** The option `persister` of a query. It resolves to what the query function returns. */
export interface PersisterFunction {
  <T>(queryFn: QueryFunction<T>, context: PersistableContext, query: PersistableQuery): Promise<T>;
  // TypeScript looks at the last one to find the type of a query's data, which `queryFn` alone has to say.
  (queryFn: QueryFunction<unknown>, context: PersistableContext, query: PersistableQuery): Promise<never>;
}

/** A query function, whatever context it takes. */
export type QueryFunction<T> = (context: never) => T | Promise<T>;
