import { expect, test, vi } from "vitest";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { createResultStore, task } from "../../../workers/edge.ts";
import { kv, r2 } from "../bindings/storage-tools.ts";

test("without a store of its own a task keeps its results where the Worker is bound to", async () => {
  const run = vi.fn((x: number) => x * 2);
  const name = `double-${crypto.randomUUID()}`;
  const options = { name, version: "1" };
  expect(await task(run, options)(21)).toBe(42);
  const elsewhere = createResultStore();
  const key = await task(run, options).cacheKey([21]);
  await vi.waitFor(async () => expect(key !== undefined && (await elsewhere.exists(key))).toBe(true));
  expect(await task(run, { ...options, store: elsewhere })(21)).toBe(42);
  expect(run).toHaveBeenCalledTimes(1);
});

test.each(["R2", "KV"])("explain finds the nearest record in a list of %s, which reads no bodies", async (place) => {
  const resultStorage = place === "R2" ? new R2Storage({ bucket: r2 }) : new KvStorage({ namespace: kv });
  const store = createResultStore({ resultStorage });
  const map = task(async ({ city }: { city: string; minutes: number }) => city, {
    name: `map-${crypto.randomUUID()}`,
    version: "1",
    store,
  });
  await map({ city: "Oslo", minutes: 15 });
  await map({ city: "Bodø", minutes: 20 });
  const key = await map.cacheKey([{ city: "Bodø", minutes: 20 }]);
  const nearest = { key, changed: ["minutes"], isSourceChanged: false };
  await vi.waitFor(async () =>
    expect(await map.explain([{ city: "Bodø", minutes: 45 }])).toMatchObject({ state: "changed", nearest }),
  );
});
