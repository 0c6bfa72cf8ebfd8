import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { createResultStore, type CreateResultStoreOptions } from "../../../workers/edge.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";

const { RESULTS_KV: kv, RESULTS_R2: r2, RESULT_LOCKS: locks } = env;
const key = (): string => `key/${crypto.randomUUID()}`;

test("without options it finds what wrangler.toml binds, and stores of different isolates share it", async () => {
  const name = key();
  const [one, other] = [createResultStore(), createResultStore()];
  expect(await one.getOrCompute(name, () => "computed")).toBe("computed");
  await vi.waitFor(async () => expect(await one.isLocked(name)).toBe(false));
  expect(await other.getOrCompute(name, () => "again")).toBe("computed");
  expect(await createResultStore({ env }).getOrCompute(name, () => "again")).toBe("computed");
});

test("with R2 and locks it is serializable", () => {
  expect(createResultStore({ env }).supportsIsolationLevel("SERIALIZABLE")).toBe(true);
  expect(createResultStore().supportsIsolationLevel("SERIALIZABLE")).toBe(true);
});

test("with KV alone it is not, and says what to bind", () => {
  const store = createResultStore({ kv, locks });
  expect(store.supportsIsolationLevel("SERIALIZABLE")).toBe(false);
  expect(() => store.assertIsolationLevel("SERIALIZABLE")).toThrow(ConfigurationError);
  expect(() => store.assertIsolationLevel("SERIALIZABLE")).toThrow("RESULTS_R2");
  store.assertIsolationLevel("READ_COMMITTED");
});

const pairs: [string, CreateResultStoreOptions][] = [
  ["KV alone", { kv, locks }],
  ["R2 alone", { r2, locks }],
  ["both", { kv, r2, locks }],
  ["a lock manager of one's own", { kv, r2, lockManager: new MemoryLockManager() }],
];
test.each(pairs)("it works over %s, given by hand", async (_, options) => {
  const name = key();
  const store = createResultStore({ ...options, cacheResultInMemory: false });
  await store.write(name, new Map([["a", 1]]));
  expect((await store.read(name))?.result).toEqual(new Map([["a", 1]]));
  expect(await store.getOrCompute(name, () => "again")).toEqual(new Map([["a", 1]]));
  expect(await store.delete(name)).toBe(true);
});

const missing: [string, CreateResultStoreOptions, string[], string[]][] = [
  ["everything", { env: {} }, ["RESULTS_R2", "RESULTS_KV", "RESULT_LOCKS", "[[r2_buckets]]", "[[migrations]]"], []],
  [
    "the storage",
    { env: { RESULT_LOCKS: locks } },
    ["RESULTS_R2", "[[kv_namespaces]]"],
    ["RESULT_LOCKS", "[[migrations]]"],
  ],
  ["the locks", { env: { RESULTS_KV: kv } }, ["RESULT_LOCKS", "new_sqlite_classes"], ["RESULTS_R2", "[[r2_buckets]]"]],
];
test.each(missing)("where env lacks %s it throws, names that and nothing else", (_, options, named, unnamed) => {
  const create = (): unknown => createResultStore(options);
  expect(create).toThrow(ConfigurationError);
  for (const part of named) expect(create).toThrow(part);
  for (const part of unnamed) expect(create).not.toThrow(part);
});

test("memory holds a record for a minute at most, since nobody tells of changes elsewhere", async () => {
  const name = key();
  const store = createResultStore({ r2, locks });
  await store.write(name, "old");
  await createResultStore({ r2, locks }).write(name, "new");
  expect(await store.getOrCompute(name, () => "again")).toBe("old");
  const now = performance.now();
  const clock = vi.spyOn(performance, "now").mockReturnValue(now + 60_000);
  try {
    expect(await store.getOrCompute(name, () => "again")).toBe("new");
  } finally {
    clock.mockRestore();
  }
});

test("what follows the answer is given to waitUntil", async () => {
  const promises: Promise<unknown>[] = [];
  const name = key();
  const store = createResultStore({ env, waitUntil: (promise) => promises.push(promise) });
  await store.getOrCompute(name, () => 1);
  await Promise.all(promises);
  expect(await store.isLocked(name)).toBe(false);
  expect(await createResultStore({ env }).exists(name)).toBe(true);
});

test("a misspelt option names the one that was meant, and one that moved the new line", () => {
  expect(() => createResultStore({ env, copyTTL: "1h" } as never)).toThrow(
    'createResultStore has no option "copyTTL": did you mean "copyTtl"?',
  );
  expect(() => createResultStore({ env, metadataStorage: "memory/heads" } as never)).toThrow(
    'createResultStore has no option "metadataStorage": write resultStorage: new SplitStorage({ metadata, results })',
  );
});
