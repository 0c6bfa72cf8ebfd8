import { expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { CompressedSerializer } from "../../../src/core/serializers/compressed-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore } from "../../stores.ts";

const serializer = new CompressedSerializer({ serializer: new JsonSerializer() });
const large = "a".repeat(2_000);

function twoStores() {
  const resultStorage = new MemoryStorage();
  const events: StoreEvent[] = [];
  const roomy = createStore({ resultStorage, serializer });
  const strict = createStore({
    resultStorage,
    serializer,
    maxResultBytes: 1_000,
    onEvent: (event) => void events.push(event),
  });
  return { roomy, strict, events };
}

test("a store writes no compressed result that it couldn't read again", async () => {
  const { strict, events } = twoStores();
  expect(await codeOf(() => strict.write("k", large))).toBe("SERIALIZATION");
  await expect(strict.write("k", large)).rejects.toThrow(/maxResultBytes/);
  expect(await strict.getOrCompute("k", () => large)).toBe(large);
  expect(events.map(({ type }) => type)).toContain("write-error");
  expect(await strict.exists("k")).toBe(false);
  await strict.write("k", large.slice(0, 900));
  expect((await strict.read("k"))?.result).toHaveLength(900);
});

test("a larger result of another store keeps its metadata readable, and is computed around and not overwritten", async () => {
  const { roomy, strict, events } = twoStores();
  await roomy.write("k", large);
  const record = await strict.read("k");
  expect(record).toMatchObject({ isReadable: false, metadata: { storageKey: "k" } });
  await expect(async () => record?.result).rejects.toThrow(/maxResultBytes/);
  expect(await codeOf(() => record?.result)).toBe("UNSUPPORTED_RECORD");
  expect(await strict.getOrCompute("k", () => "small")).toBe("small");
  expect(events).toContainEqual(expect.objectContaining({ type: "miss", reason: "unsupported" }));
  expect((await roomy.withOptions({ cacheResultInMemory: false }).read("k"))?.result).toBe(large);
});

test("a limit bounds the objects of a result too, which take more memory than their text", async () => {
  const { strict, roomy } = twoStores();
  const objects = Array.from({ length: 100 }, () => [{}]);
  await expect(strict.write("k", objects)).rejects.toThrow(/objects.*maxResultBytes/);
  await roomy.write("k", objects);
  expect((await roomy.withOptions({ cacheResultInMemory: false }).read("k"))?.result).toEqual(objects);
  expect(await codeOf(async () => (await strict.read("k"))?.result)).toBe("UNSUPPORTED_RECORD");
});

test.each([-1, Number.NaN, "1MB" as never])("a limit of %s is refused", async (maxResultBytes) => {
  expect(await codeOf(() => createStore({ maxResultBytes }))).toBe("CONFIGURATION");
});
