import { InfiniteQueryObserver, type QueryFunctionContext, QueryObserver } from "@tanstack/query-core";
import { expect, test } from "vitest";
import { openTab, queryKey } from "./tools.ts";

/** A query function that never ends by itself, and notes its contexts. */
class Endless {
  readonly contexts: QueryFunctionContext[] = [];
  readonly signals: AbortSignal[] = [];

  ignoring = (context: QueryFunctionContext): Promise<string> => {
    this.contexts.push(context);
    return new Promise(() => {});
  };

  /** One that can be cancelled. */
  reading = (context: QueryFunctionContext): Promise<string> => {
    const { signal } = context;
    this.signals.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
}

test("the query function gets the context of TanStack Query", async () => {
  const { client } = openTab();
  const meta = { note: "of this query" };
  const contexts: QueryFunctionContext[] = [];
  const queryFn = (given: QueryFunctionContext) => contexts.push({ ...given });
  await client.query({ queryKey, queryFn, meta });
  expect(contexts).toMatchObject([{ client, queryKey, meta }]);
  expect(contexts[0]!.signal).toBeInstanceOf(AbortSignal);
});

test("a fetch goes on without a component if its function does not read the signal", async () => {
  const { client } = openTab();
  const answer = Promise.withResolvers<string>();
  let calls = 0;
  const queryFn = () => {
    calls++;
    return answer.promise;
  };
  const unmount = new QueryObserver(client, { queryKey, queryFn }).subscribe(() => {});
  await expect.poll(() => calls).toBe(1);
  unmount();
  answer.resolve("done");
  await expect.poll(() => client.getQueryData(queryKey)).toBe("done");
});

test("a component that is mounted again at once, as in StrictMode, joins the fetch of the first time", async () => {
  const { client } = openTab();
  const answer = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const queryFn = ({ signal }: QueryFunctionContext) => {
    signals.push(signal);
    return answer.promise;
  };
  const mount = () => new QueryObserver(client, { queryKey, queryFn }).subscribe(() => {});
  const unmount = mount();
  await expect.poll(() => signals.length).toBe(1);
  unmount();
  mount();
  answer.resolve("done");
  await expect.poll(() => client.getQueryData(queryKey)).toBe("done");
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test("a component that is mounted again later starts a new fetch, because the first one was cancelled", async () => {
  const { client } = openTab();
  const endless = new Endless();
  const mount = () => new QueryObserver(client, { queryKey, queryFn: endless.reading }).subscribe(() => {});
  const unmount = mount();
  await expect.poll(() => endless.signals.length).toBe(1);
  unmount();
  await expect.poll(() => endless.signals[0]!.aborted).toBe(true);
  mount();
  await expect.poll(() => endless.signals.length).toBe(2);
  expect(client.getQueryState(queryKey)).toMatchObject({ status: "pending", fetchStatus: "fetching", error: null });
});

test("an infinite query that is mounted again starts a new fetch too", async () => {
  const { client } = openTab();
  const endless = new Endless();
  const options = { queryKey, queryFn: endless.reading, initialPageParam: 0, getNextPageParam: () => null };
  const mount = () => new InfiniteQueryObserver(client, options).subscribe(() => {});
  const unmount = mount();
  await expect.poll(() => endless.signals.length).toBe(1);
  unmount();
  mount();
  await expect.poll(() => endless.signals.length).toBe(2);
  expect(client.getQueryState(queryKey)).toMatchObject({ status: "pending", fetchStatus: "fetching", error: null });
});

test("cancelQueries aborts the fetch, keeps nothing, and the next fetch begins anew", async () => {
  const { client, keys } = openTab();
  const endless = new Endless();
  const cancelled = client.query({ queryKey, queryFn: endless.reading });
  cancelled.catch(() => {});
  await expect.poll(() => endless.signals.length).toBe(1);
  await client.cancelQueries({ queryKey });
  await expect(cancelled).rejects.toThrow("CancelledError");
  expect(endless.signals[0]!.aborted).toBe(true);
  expect(await client.query({ queryKey, queryFn: async () => "new" })).toBe("new");
  expect(await keys()).toHaveLength(1);
});

test("two clients of one tab share a fetch, which goes on when one of them cancels it", async () => {
  const { client } = openTab();
  const second = openTab().client;
  const answer = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const queryFn = ({ signal }: QueryFunctionContext) => {
    signals.push(signal);
    return answer.promise;
  };
  // the same store, as a page has one
  second.setDefaultOptions(client.getDefaultOptions());
  const [cancelled, shared] = [client, second].map((each) => each.query({ queryKey, queryFn }));
  cancelled!.catch(() => {});
  await expect.poll(() => signals.length).toBe(1);
  await client.cancelQueries({ queryKey });
  answer.resolve("shared");
  expect(await shared).toBe("shared");
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});
