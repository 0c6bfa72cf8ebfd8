import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { TieredStorage } from "../../../src/core/tiers/tiered-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import type { MintTokenOptions } from "../../../workers/access/mint-token.ts";
import { createApi, origin, tokenFor } from "../api-tools.ts";
import { createStore } from "../../stores.ts";

/** As a browser has it: its own records over those that all share, of which two are kept. */
async function share(allowed: Partial<MintTokenOptions>) {
  const { call, storage: shared } = await createApi();
  const token = await tokenFor(allowed);
  const fetch = (url: string, init: RequestInit) =>
    call(url, { ...(init as RequestInit<RequestInitCfProperties>), authorization: `Bearer ${token}` });
  await put(shared, "maps/1");
  await put(shared, "other");
  const tiers = [new MemoryStorage(), new HttpStorage({ url: origin, fetch })] as const;
  return { shared, store: createStore({ resultStorage: new TieredStorage({ tiers }) }) };
}

test("clearing a store deletes for everybody who shares its results", async () => {
  const { shared, store } = await share({});
  await store.clear();
  expect([await shared.read("maps/1"), await shared.read("other")]).toEqual([undefined, undefined]);
});

test.for([
  ["without deletions", { operations: ["read", "write", "list", "lock"] }],
  ["for a prefix", { prefix: "maps/" }],
] as const)("a token %s keeps its bearer from clearing what all share", async ([, allowed]) => {
  const { shared, store } = await share(allowed);
  await expect(store.clear()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  expect(await shared.read("maps/1")).toBeDefined();
  expect(await shared.read("other")).toBeDefined();
});
