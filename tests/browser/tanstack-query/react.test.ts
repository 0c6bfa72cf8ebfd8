import { QueryClient, QueryClientProvider, useInfiniteQuery, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { createElement, type FunctionComponent, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { createQueryPersister } from "../../../src/integrations/tanstack-query/query-persister.ts";
import { queryKey, Server } from "./tools.ts";

/** Renders a component in a page of its own with a store called `name`. */
function render(name: string, component: FunctionComponent) {
  const { persisterFn } = createQueryPersister({ store: createResultStore({ name }) });
  const client = new QueryClient({ defaultOptions: { queries: { persister: persisterFn, staleTime: 60_000 } } });
  const element = document.body.appendChild(document.createElement("div"));
  const root = createRoot(element);
  const suspense = createElement(Suspense, { fallback: "suspended" }, createElement(component));
  root.render(createElement(StrictMode, null, createElement(QueryClientProvider, { client }, suspense)));
  const close = () => {
    root.unmount();
    element.remove();
    client.clear();
  };
  onTestFinished(close);
  return { close, text: () => element.textContent };
}

const server = (): Server => new Server();

test.each([
  ["useQuery", ({ queryFn }: Server) => useQuery({ queryKey, queryFn }).data ?? "loading"],
  ["useSuspenseQuery", ({ queryFn }: Server) => useSuspenseQuery({ queryKey, queryFn }).data],
  [
    "useInfiniteQuery",
    ({ queryFn }: Server) =>
      useInfiniteQuery({ queryKey, queryFn, initialPageParam: 0, getNextPageParam: () => null }).data?.pages.join() ??
      "loading",
  ],
])("a component with %s shows data after a reload, and in a second tab, without a fetch", async (_, useData) => {
  const name = crypto.randomUUID();
  const fetching = server();
  const component = () => useData(fetching);
  const first = render(name, component);
  await expect.poll(first.text).toBe("fetched 1");
  const second = render(name, component);
  await expect.poll(second.text).toBe("fetched 1");
  first.close();
  second.close();
  await expect.poll(render(name, component).text).toBe("fetched 1");
  expect(fetching.calls).toBe(1);
});
