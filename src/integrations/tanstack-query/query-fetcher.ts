import type { StandardSchema } from "../../core/freshness/standard-schema.ts";
import type { ComputeContext, ResultAnswer } from "../../core/options/call-options.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { FetchContext } from "./fetch-context.ts";
import type { PersistedQueries } from "./persisted-queries.ts";
import type { PersistedQuery } from "./persisted-query.ts";
import type { PersistableContext, PersistableQuery, QueryFunction } from "./tanstack-types.ts";

interface Question {
  readonly context: FetchContext;
  compute(computing: ComputeContext): Promise<PersistedQuery>;
  isUsable(value: unknown): value is PersistedQuery;
  readonly refresh: boolean;
}

/** Fetches queries through the store. */
export class QueryFetcher {
  readonly #persisted: PersistedQueries;
  readonly #refetchOnRestore: boolean | "always";
  /** The queries that are fetched again because their restored data is stale, with the time of that data. */
  readonly #restored = new WeakMap<PersistableQuery, number>();
  /** The errors of fetches that ended because they were cancelled. */
  readonly #cancelled = new WeakSet<Error>();

  constructor(persisted: PersistedQueries, refetchOnRestore: boolean | "always") {
    this.#persisted = persisted;
    this.#refetchOnRestore = refetchOnRestore;
  }

  /** The data from the store for a query without data. One that has data fetches, as its client asks for newer data. */
  async fetch(queryFn: QueryFunction<unknown>, given: PersistableContext, query: PersistableQuery): Promise<unknown> {
    const newerThan = this.#restored.get(query);
    this.#restored.delete(query);
    const context = new FetchContext(given);
    const key = this.#persisted.keyOf(query.queryHash);
    const began = Date.now();
    let fetched: PersistedQuery | undefined;
    const { value, source } = await this.#ask(key, {
      context,
      compute: async ({ signal }) => {
        const result = await this.#call(queryFn, context, signal);
        return (fetched = this.#persisted.create(query, result, Date.now()));
      },
      isUsable: (found): found is PersistedQuery =>
        found === fetched ||
        (this.#persisted.isUsable(found, key) && (newerThan === undefined || found.dataUpdatedAt > newerThan)),
      // another tab that restored the same data may have fetched since
      refresh: query.state.data !== undefined && newerThan === undefined,
    });
    if (value === fetched) return value.data;
    const { state } = query;
    // such as by hydration, or by another tab
    const gotNewer = state.data !== undefined && state.dataUpdatedAt > value.dataUpdatedAt;
    const { data, dataUpdatedAt } = gotNewer ? state : value;
    const isOld = newerThan === undefined && dataUpdatedAt < began;
    const isRestored = isOld && (source === "memory" || source === "storage");
    // TanStack Query takes the data first, as of now
    later(0, () => this.#noteTime(query, dataUpdatedAt, { isRestored, dataUpdateCount: state.dataUpdateCount }));
    return data;
  }

  /** Asks again if it has joined a fetch that is cancelled: a component that was mounted again asks before the old fetch ends. */
  async #ask(key: string, question: Question): Promise<ResultAnswer<PersistedQuery>> {
    const { context, compute, isUsable, refresh } = question;
    try {
      return await this.#persisted.store.answer(key, compute, {
        refresh,
        schema: checkedBy(isUsable),
        keep: ({ data }) => data !== undefined,
        expiresIn: (value) => this.#persisted.lifetimeOf(value),
        signal: context.signal,
      });
    } catch (error) {
      if (error instanceof Error && this.#cancelled.has(error) && !context.signal.aborted)
        return this.#ask(key, question);
      throw error;
    }
  }

  async #call(queryFn: QueryFunction<unknown>, context: FetchContext, signal: AbortSignal): Promise<unknown> {
    try {
      return await queryFn(context.withSignal(signal) as never);
    } catch (error) {
      if (context.signal.aborted && error instanceof Error) this.#cancelled.add(error);
      throw error;
    }
  }

  #noteTime(
    query: PersistableQuery,
    dataUpdatedAt: number,
    { isRestored, dataUpdateCount }: { isRestored: boolean; dataUpdateCount: number },
  ): void {
    const { state } = query;
    // it was cancelled, or has other data by now
    if (state.data === undefined || state.dataUpdateCount > dataUpdateCount + 1) return;
    query.setState({ dataUpdatedAt });
    const isDue = this.#refetchOnRestore === "always" || (this.#refetchOnRestore && query.isStale());
    if (!isRestored || !isDue) return;
    this.#restored.set(query, dataUpdatedAt);
    // the state of the query has the error
    query.fetch().catch(() => {});
  }
}

function checkedBy<T>(fits: (value: unknown) => value is T): StandardSchema<T> {
  const issues = [{ message: "The query is too old, or of another buster or key" }];
  const validate = (value: unknown) => (fits(value) ? { value } : { issues });
  return { "~standard": { version: 1, vendor: "reprise", validate } };
}
