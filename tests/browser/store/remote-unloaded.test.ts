import { expect, test, vi } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { task } from "../../../src/browser/runtime.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

vi.mock("../../../src/browser/store/remote-backend.ts", () => {
  throw new TypeError("Failed to fetch dynamically imported module");
});

test("where what reaches the remote can't be loaded, the browser goes on alone and says so once", async () => {
  const events: StoreEvent[] = [];
  const name = freshName();
  const store = createResultStore({
    name,
    remote: { url: "https://results.example" },
    cacheResultInMemory: false,
    onEvent: (event) => events.push(event),
  });
  expect(await store.getOrCompute("map", () => "drawn")).toBe("drawn");
  expect(await store.getOrCompute("map", () => "drawn again")).toBe("drawn");
  expect(events.filter(({ type }) => type === "offline")).toMatchObject([
    { from: "http", error: expect.anything() as unknown },
  ]);
  const draw = task(() => "drawn", { name: "draw", version: "1", store });
  await expect(draw.defer([])).rejects.toMatchObject({ code: "STORAGE_UNREACHABLE" });
  await store.close();
  indexedDB.deleteDatabase(name);
});
