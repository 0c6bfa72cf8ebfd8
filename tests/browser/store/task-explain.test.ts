import { expect, test } from "vitest";
import { createResultStore, task } from "../../../src/browser/index.ts";

test("explain finds the nearest record in the database, and the invalidation of a missing one", async () => {
  const name = `map-${crypto.randomUUID()}`;
  // a database of its own, since other tests clear the default one
  const database = { name };
  const map = task(async ({ city }: { city: string; minutes: number }) => city, {
    name,
    version: "1",
    tags: ["roads"],
    store: createResultStore(database),
  });
  await map({ city: "Oslo", minutes: 15 });
  await map({ city: "Bergen", minutes: 20 });
  const elsewhere = map.withOptions({ store: createResultStore({ ...database, cacheResultInMemory: false }) });
  expect(await elsewhere.explain([{ city: "Bergen", minutes: 20 }])).toMatchObject({ state: "hit" });
  expect(await elsewhere.explain([{ city: "Bergen", minutes: 45 }])).toMatchObject({
    state: "changed",
    nearest: { changed: ["minutes"], isSourceChanged: false },
  });
  for (const mode of ["expire", "delete"] as const) {
    const invalidations = [
      [
        () => map.invalidate([{ city: "Oslo", minutes: 15 }], { mode }),
        { keys: [await map.cacheKey([{ city: "Oslo", minutes: 15 }])] },
      ],
      [() => map.invalidateAll({ mode }), { prefix: `${name}/` }],
      [() => createResultStore(database).invalidate({ tags: ["roads"] }, { mode }), { tags: ["roads"] }],
    ] as const;
    for (const [invalidate, target] of invalidations) {
      await map({ city: "Oslo", minutes: 15 });
      await invalidate();
      expect(await elsewhere.explain([{ city: "Oslo", minutes: 15 }])).toMatchObject({
        state: "invalidated",
        invalidation: { target, mode },
      });
    }
  }
});
