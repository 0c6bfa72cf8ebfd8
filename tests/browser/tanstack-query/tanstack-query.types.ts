// The persisters as TypeScript sees them beside TanStack Query. Two copies of its core are installed: that of the React adapter and another one.
import * as core from "@tanstack/query-core";
import type { Persister } from "@tanstack/query-persist-client-core";
import * as react from "@tanstack/react-query";
import { createClientPersister, createQueryPersister } from "../../../src/integrations/tanstack-query/index.ts";

const { persisterFn: persister, ...persisted } = createQueryPersister({
  store: undefined,
  filters: { queryKey: ["rows"], type: "active", predicate: ({ queryHash, isStale }) => isStale() && queryHash !== "" },
});

createClientPersister({ store: undefined }) satisfies Persister;

export const clients = [core, react].map(
  ({ QueryClient }) => new QueryClient({ defaultOptions: { queries: { persister } } }),
);

const queryFn = async ({ queryKey: [, year] }: { queryKey: readonly [string, number] }): Promise<number> => year;
const queryKey = ["rows", 2026] as const;

export function useRows(): [number | undefined, number, number[] | undefined] {
  const { data } = react.useQuery({ queryKey, queryFn, persister });
  const suspended = react.useSuspenseQuery(react.queryOptions({ queryKey, queryFn, persister }));
  const infinite = react.useInfiniteQuery({
    queryKey: ["pages"],
    queryFn: async ({ pageParam }: { pageParam: number }) => pageParam,
    initialPageParam: 0,
    getNextPageParam: (page) => page + 1,
    persister,
  });
  return [data, suspended.data, infinite.data?.pages];
}

export async function keepByHand(reactClient: react.QueryClient, coreClient: core.QueryClient): Promise<void> {
  const reactFilters: react.QueryFilters = { queryKey, predicate: (query) => query.isActive() };
  const coreFilters: core.QueryFilters = { queryKey };
  createQueryPersister({ store: undefined, filters: reactFilters });
  createQueryPersister({ store: undefined, filters: coreFilters });
  for (const query of reactClient.getQueryCache().getAll()) await persisted.persistQuery(query);
  for (const query of coreClient.getQueryCache().getAll()) await persisted.persistQuery(query);
  await persisted.persistQueryByKey(queryKey, reactClient);
  await persisted.restoreQueries(coreClient, { queryKey });
  for (const client of [reactClient, coreClient]) persisted.syncQueries(client)();
  (await persisted.retrieveQuery<number>("hash")) satisfies number | undefined;
  // @ts-expect-error a misspelt option
  createQueryPersister({ store: undefined, maxage: 1 });
  // @ts-expect-error the store is missing
  createQueryPersister({});
}
