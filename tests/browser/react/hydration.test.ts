import { Suspense } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { useResult, useSuspenseResult } from "../../../src/integrations/react/index.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { Computations, h, openStore, Screen } from "./react-tools.ts";

interface PageProps {
  readonly store: ResultStore;
  readonly compute: Computations["compute"];
}

function Pending({ store, compute }: PageProps) {
  const { status, value } = useResult(store, "key", compute);
  return h("p", null, value ?? status);
}

function Suspending({ store, compute }: PageProps) {
  return h("p", null, useSuspenseResult(store, "key", compute).value);
}

test("a page takes over what a server rendered as pending, even with the value in memory", async () => {
  const [store, computations, screen, other] = [openStore(), new Computations(), new Screen(), new Screen()];
  const page = h(Pending, { store, compute: computations.compute });
  screen.container.innerHTML = renderToString(page);
  expect(screen.text).toBe("pending");
  screen.hydrate(page);
  (await computations.nth(1)).resolve("seven");
  await screen.shows("seven");
  other.container.innerHTML = renderToString(page);
  expect(other.text).toBe("pending");
  other.hydrate(page);
  await other.shows("seven");
  expect([...screen.complaints, ...other.complaints]).toEqual([]);
});

test("a page keeps the server's value on the screen until its own is there", async () => {
  const [server, store, screen, computations] = [openStore(), openStore(), new Screen(), new Computations()];
  const pageOf = (props: PageProps) => h(Suspense, { fallback: "waiting" }, h(Suspending, props));
  await server.getOrCompute("key", () => "seven");
  screen.container.innerHTML = renderToString(pageOf({ store: server, compute: async () => "seven" }));
  expect(screen.text).toContain("seven");
  const seen: string[] = [];
  new MutationObserver(() => seen.push(screen.text)).observe(screen.container, { subtree: true, childList: true });
  screen.hydrate(pageOf({ store, compute: computations.compute }));
  (await computations.nth(1)).resolve("seven");
  await store.getOrCompute("key", () => "never");
  await expect.poll(() => screen.container.querySelector("p")?.textContent).toBe("seven");
  await store.write("key", "eight");
  await expect.poll(() => screen.container.querySelector("p")?.textContent).toBe("eight");
  expect(seen.filter((text) => text.includes("waiting"))).toEqual([]);
  expect(screen.complaints).toEqual([]);
});
