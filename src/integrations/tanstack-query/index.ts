/** Persisters for TanStack Query: its queries are kept in a store, where all tabs share them. */
export { type ClientPersister, type ClientPersisterOptions, createClientPersister } from "./client-persister.ts";
export type { PersistedQuery } from "./persisted-query.ts";
export { createQueryPersister, type QueryPersister, type QueryPersisterOptions } from "./query-persister.ts";
export type * from "./tanstack-types.ts";
