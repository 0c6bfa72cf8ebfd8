import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { createQueryPersister } from "../../../src/integrations/tanstack-query/query-persister.ts";

/** A query client in a worker, which is another context as a second tab is. The page calls its methods. */
export class TabActor {
  readonly #persister;
  readonly #client;
  #fetches: PromiseWithResolvers<unknown>[] = [];

  constructor(name: string) {
    this.#persister = createQueryPersister({ store: createResultStore({ name }) });
    const { persisterFn } = this.#persister;
    this.#client = new QueryClient({ defaultOptions: { queries: { persister: persisterFn, retry: false } } });
  }

  /** Shows the query until the context ends. */
  async show(queryKey: readonly unknown[], staleTime: number): Promise<void> {
    const queryFn = (): Promise<unknown> => {
      const fetching = Promise.withResolvers();
      this.#fetches.push(fetching);
      return fetching.promise;
    };
    new QueryObserver(this.#client, { queryKey, queryFn, staleTime }).subscribe(() => {});
  }

  /** How often the query function was called. */
  async fetches(): Promise<number> {
    return this.#fetches.length;
  }

  /** Ends the fetch that began last. */
  async succeed(data: unknown): Promise<void> {
    this.#fetches.at(-1)!.resolve(data);
  }

  async fail(message: string): Promise<void> {
    this.#fetches.at(-1)!.reject(new Error(message));
  }

  /** Sets the data of the query, and keeps it. */
  async set(queryKey: readonly unknown[], data: unknown): Promise<void> {
    this.#client.setQueryData(queryKey, data);
    await this.#persister.persistQueryByKey(queryKey, this.#client);
  }

  async data(queryKey: readonly unknown[]): Promise<unknown> {
    return this.#client.getQueryData(queryKey);
  }

  async removeQueries(queryKey: readonly unknown[]): Promise<void> {
    await this.#persister.removeQueries({ queryKey });
  }
}
