import { QueryClient, type QueryClientConfig, QueryObserver, type QueryObserverOptions } from "@tanstack/query-core";
import { onTestFinished } from "vitest";
import { createResultStore, type CreateResultStoreOptions } from "../../../src/browser/store/create-result-store.ts";
import {
  createQueryPersister,
  type QueryPersisterOptions,
} from "../../../src/integrations/tanstack-query/query-persister.ts";

export const queryKey = ["foo"];
export const recordKey = 'tanstack-query/["foo"]';

export interface TabOptions extends Omit<QueryPersisterOptions, "store"> {
  /** Tabs with one name share their records. */
  readonly name?: string;
  readonly onEvent?: CreateResultStoreOptions["onEvent"];
  readonly queries?: NonNullable<QueryClientConfig["defaultOptions"]>["queries"];
}

/** A store, a persister and a client, as a tab has them. */
export function openTab({ name = crypto.randomUUID(), onEvent, queries, ...options }: TabOptions = {}) {
  const store = createResultStore({ name, onEvent });
  const persister = createQueryPersister({ store, ...options });
  const { persisterFn } = persister;
  const client = new QueryClient({ defaultOptions: { queries: { persister: persisterFn, retry: false, ...queries } } });
  onTestFinished(() => client.clear());
  const keys = async () => (await store.list({ allowExpired: true })).records.map(({ storageKey }) => storageKey);
  return { name, store, persister, client, keys };
}

/** Keeps data as another tab did, which has been closed. Resolves to the name of the tabs. */
export async function keep(data: unknown, { updatedAt = Date.now(), key = queryKey, ...tab }: KeepOptions = {}) {
  const { client, persister, name } = openTab(tab);
  client.setQueryData(key, data, { updatedAt });
  await persister.persistQueryByKey(key, client);
  return name;
}

interface KeepOptions extends TabOptions {
  readonly key?: readonly unknown[];
  readonly updatedAt?: number;
}

/** Watches a query as a component does, until the test ends. Resolves once it has data. */
export async function show<T>(client: QueryClient, options: QueryObserverOptions<T>): Promise<QueryObserver<T>> {
  const observer = new QueryObserver<T>(client, options);
  await new Promise<void>((resolve, reject) => {
    const look = ({ status, error }: ReturnType<typeof observer.getCurrentResult>) => {
      if (status === "error") reject(error);
      if (status === "success") resolve();
    };
    onTestFinished(observer.subscribe(look));
    look(observer.getCurrentResult());
  });
  return observer;
}

/** A query function that returns "fetched 1", "fetched 2" and so on. */
export class Server {
  calls = 0;
  queryFn = async (): Promise<string> => `fetched ${++this.calls}`;
}
