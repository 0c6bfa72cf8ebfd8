import { expect, type MockInstance, test, vi } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { startFrame } from "../contexts/start-context.ts";
import { spyOnConnections } from "../storage/indexed-db-tools.ts";
import { freshStore, InspectorPage } from "./inspector-page.ts";

const cellsOf = (inspector: InspectorPage) => inspector.texts("tbody td");

test("a record is listed with its size, age, freshness, tags and the last answer", async () => {
  const store = freshStore();
  const inspector = InspectorPage.open(store);
  await store.getOrCompute("maps/oslo", () => new Uint8Array(5_000), { expiresIn: "1h", tags: ["roads", "rails"] });
  await inspector.untilKeys(["maps/oslo"]);
  await expect
    .poll(() => cellsOf(inspector))
    .toEqual([
      expect.stringMatching(/^5(\.\d+)? kB$/),
      expect.stringMatching(/^(now|\d+ sec\. ago)$/),
      expect.stringMatching(/^fresh, expires in (1 hr|60 min)\.$/),
      "roads, rails",
      expect.stringMatching(/^computed, [\d.]+ m?s$/),
    ]);
  await store.getOrCompute("maps/oslo", () => 2);
  await expect.poll(() => cellsOf(inspector).at(-1)).toMatch(/^memory, [\d.]+ ms$/);
});

test("a record that has expired says so, and whether it may be served stale", async () => {
  let now = Date.now();
  const store = freshStore({ now: () => now });
  await store.write("gone", 1, { expiresIn: "1m" });
  await store.getOrCompute("stale", () => 1, { expiresIn: "1m", staleWhileRevalidate: "1d" });
  await store.write("ever", 1);
  now += 180_000;
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["ever", "gone", "stale"]);
  expect(inspector.texts("[data-name=Freshness]")).toEqual([
    "fresh, never expires",
    "expired 2 min. ago",
    "stale, expired 2 min. ago",
  ]);
});

test("a look shows the metadata, the result and the last events, and counts as no call", async () => {
  const store = freshStore();
  const inspector = InspectorPage.open(store);
  await store.getOrCompute("k", () => ({ rows: [1, undefined], at: new Date(0), grid: new Float32Array(9) }));
  const before = inspector.texts(".events li").length;
  const dialog = await inspector.look("k");
  const text = dialog.textContent;
  for (const part of ["devalue", "rows: Array(2)", "undefined", "Date 1970-01-01T00:00:00.000Z", "Float32Array(9)"])
    expect(text).toContain(part);
  expect(text).toContain("There was no record.");
  expect(text).toContain("The function returned a value after");
  inspector.press("Close");
  await expect.poll(() => inspector.all("dialog")).toHaveLength(0);
  inspector.press("Events");
  await expect.poll(() => inspector.texts(".events li").length).toBeGreaterThan(before);
  expect(inspector.texts(".events .type")[0]).toBe("done");
});

test("a record can be expired and deleted, in the storage and for other tabs", async () => {
  const store = freshStore();
  await store.write("k", 1);
  await store.write("l", 1);
  const inspector = InspectorPage.open(store);
  await inspector.look("k");
  inspector.press("Expire now");
  await expect.poll(() => inspector.message).toBe("“k” has expired.");
  expect(await store.read("k")).toBeUndefined();
  expect((await store.read("k", { allowExpired: true }))?.result).toBe(1);
  await expect.poll(() => inspector.texts("[data-name=Freshness]")[0]).toMatch(/^expired /);

  await inspector.look("k");
  inspector.press("Delete");
  await expect.poll(() => inspector.message).toBe("“k” is deleted.");
  await inspector.untilKeys(["l"]);
  expect(await store.read("k", { allowExpired: true })).toBeUndefined();
});

test("an expiration can be changed, and taken away; everything else stays", async () => {
  const store = freshStore();
  await store.write("k", { a: 1 }, { expiresIn: "1h", tags: ["t"] });
  const before = (await store.read("k"))!.metadata;
  const inspector = InspectorPage.open(store);
  await inspector.look("k");
  inspector.field<HTMLInputElement>("expiration").value = "2100-01-02T03:04:05";
  inspector.press("Save the expiration");
  await expect.poll(() => inspector.message).toMatch(/^“k” expires at /);
  const after = (await store.read("k"))!;
  expect(after.metadata).toMatchObject({ createdAt: before.createdAt, tags: ["t"], size: before.size });
  expect(after.expiration).toEqual(new Date(2100, 0, 2, 3, 4, 5));
  expect(after.result).toEqual({ a: 1 });

  await inspector.look("k");
  inspector.press("Never expire");
  await expect.poll(() => inspector.message).toBe("“k” never expires.");
  expect((await store.read("k"))!.expiration).toBeUndefined();
  await inspector.look("k");
  expect(inspector.texts("dialog button")).not.toContain("Never expire");
});

test("an expiration that was left as it is changes nothing, and an emptied field is not saved", async () => {
  const store = freshStore();
  await store.write("k", 1, { expiration: new Date(4_102_542_240_678) });
  const { metadata } = (await store.read("k"))!;
  const inspector = InspectorPage.open(store);
  await inspector.look("k");
  inspector.press("Save the expiration");
  await expect.poll(() => inspector.message).toBe("“k” keeps its expiration.");
  const dialog = await inspector.look("k");
  const field = inspector.field<HTMLInputElement>("expiration");
  field.value = "";
  inspector.press("Save the expiration");
  expect(field.validity.valueMissing).toBe(true);
  expect(dialog.open).toBe(true);
  expect((await store.read("k"))!.metadata).toEqual(metadata);
});

test("an expiration is not given to a record that another tab has put in its place, nor to none", async () => {
  const name = crypto.randomUUID();
  const store = freshStore({ name });
  await store.write("k", "seen", { expiresIn: "1h" });
  const inspector = InspectorPage.open(store);
  await inspector.look("k");
  const { actor } = await startFrame(name);
  await actor.compute("k", { refresh: true });
  const other = (await store.read("k"))!;
  inspector.press("Never expire");
  const refusal = "“k” was replaced or deleted after you opened it, so its expiration was not changed. Open it again.";
  await expect.poll(() => inspector.message).toBe(refusal);
  expect((await new IndexedDbStorage({ name }).read("k"))!.etag).toBe(other.metadata.etag);

  await store.write("k", "seen", { expiresIn: "1h" });
  await inspector.look("k");
  await actor.delete("k");
  inspector.press("Never expire");
  await expect.poll(() => inspector.message).toBe(refusal);
  expect(await store.exists("k")).toBe(false);
});

test("a question that goes with the element is answered with no", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["k"]);
  inspector.press("Delete matching");
  const [question] = inspector.all<HTMLDialogElement>("dialog");
  const closed = new Promise((resolve) => question!.addEventListener("close", resolve));
  inspector.element.remove();
  await closed;
  expect(await store.exists("k")).toBe(true);
});

test("all records that match can be expired or deleted, after a question", async () => {
  const store = freshStore();
  for (const key of ["maps/1", "maps/2", "plots/1"]) await store.write(key, 1);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["maps/1", "maps/2", "plots/1"]);
  inspector.filter("maps/");
  await inspector.untilKeys(["maps/1", "maps/2"]);
  inspector.press("Delete matching");
  expect(inspector.texts("dialog .title")).toEqual(["Delete all keys that begin with “maps/”?"]);
  inspector.press("Cancel");
  expect(await store.exists("maps/1")).toBe(true);

  inspector.press("Delete matching");
  inspector.press("Delete");
  await expect.poll(() => inspector.message).toBe("All keys that begin with “maps/” are deleted.");
  await inspector.untilKeys([]);
  expect(inspector.texts("nav .hint")).toEqual(["No key begins with “maps/”."]);
  inspector.filter("");
  await inspector.untilKeys(["plots/1"]);
  inspector.press("Expire matching");
  inspector.press("Expire");
  await expect.poll(() => inspector.message).toBe("All records have expired.");
  await expect.poll(() => inspector.texts("[data-name=Freshness]")[0]).toMatch(/^expired/);
  inspector.press("Delete expired");
  await expect.poll(() => inspector.message).toBe("1 expired record deleted.");
  await inspector.untilKeys([]);
});

test("an error of an action is said, and the inspector goes on", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const inspector = InspectorPage.open(store);
  const grant = await store.acquireLock("k");
  await inspector.look("k");
  inspector.press("Delete");
  await expect.poll(() => inspector.message).toMatch(/^LockNotHeldError: /);
  await store.releaseLock("k", { holder: grant!.holder });
  await inspector.look("k");
  inspector.press("Delete");
  await inspector.untilKeys([]);
});

test("exported records can be imported into another store", async () => {
  const store = freshStore();
  await store.write("maps/1", { a: 1 }, { tags: ["t"] });
  await store.write("maps/2", 2);
  await store.write("plots/1", 3);
  const files: Blob[] = [];
  // the browser's own download can't be read back
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue();
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    files.push(blob as Blob);
    return "blob:mine";
  });
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["maps/1", "maps/2", "plots/1"]);
  inspector.filter("maps/");
  await inspector.untilKeys(["maps/1", "maps/2"]);
  inspector.press("Export matching");
  await expect.poll(() => inspector.message).toBe("2 records exported.");
  vi.restoreAllMocks();
  inspector.element.remove();

  const other = freshStore();
  const second = InspectorPage.open(other);
  const give = (file: Blob) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([file], "records.tar"));
    const field = second.root.querySelector<HTMLInputElement>("input[type=file]")!;
    field.files = transfer.files;
    field.dispatchEvent(new Event("change"));
  };
  give(files[0]!);
  await expect.poll(() => second.message).toBe("2 records imported.");
  await second.untilKeys(["maps/1", "maps/2"]);
  expect((await other.read("maps/1"))?.result).toEqual({ a: 1 });
  give(new Blob(["this is no archive"]));
  await expect.poll(() => second.message).toMatch(/^CorruptRecordError: /);
});

test("records that another tab keeps and deletes come and go by themselves", async () => {
  const name = crypto.randomUUID();
  const inspector = InspectorPage.open(freshStore({ name }));
  const { actor } = await startFrame(name);
  await actor.compute("theirs", {});
  await inspector.untilKeys(["theirs"]);
  await actor.delete("theirs");
  await inspector.untilKeys([]);
});

test("a result that can't be read here has its metadata and the reason, and can be deleted", async () => {
  const name = crypto.randomUUID();
  const store = freshStore({ name });
  const serializer = { type: "only-mine", dumps: async () => new Uint8Array(3), loads: async () => 1 };
  await freshStore({ name, serializer }).write("unknown", 1, { tags: ["t"] });
  const storage = new IndexedDbStorage({ name });
  const { metadata } = await store.write("damaged", "text");
  const { bytes } = (await storage.read("damaged"))!;
  bytes[bytes.length - 1]! ^= 0xff;
  await storage.write("damaged", bytes, { metadata });
  const inspector = InspectorPage.open(store);
  const unknown = await inspector.look("unknown");
  expect(unknown.innerText).toMatch(/The result can’t be read here\. UnsupportedRecordError: .*only-mine/);
  expect(unknown.innerText).toContain('{"type":"only-mine"}');
  expect(inspector.texts("dialog button")).toEqual(["Close", "Expire now", "Delete"]);
  inspector.press("Close");
  const damaged = await inspector.look("damaged");
  expect(damaged.innerText).toMatch(/The result can’t be read here\. CorruptRecordError: /);
  inspector.press("Delete");
  await inspector.untilKeys(["unknown"]);
});

test("markup in keys, tags, values and errors stays text", async () => {
  const attack = `<img src="x" onerror="globalThis.attacked = true">`;
  const store = freshStore();
  await store.write(attack, { [attack]: attack }, { tags: [attack] });
  const fail = () => Promise.reject(new Error(attack));
  const inspector = InspectorPage.open(store);
  await store.getOrCompute(`${attack}2`, fail).catch(() => {});
  const dialog = await inspector.look(attack);
  expect(dialog.innerText).toContain(attack);
  inspector.press("Close");
  inspector.filter(attack);
  inspector.press("Events");
  await expect.poll(() => inspector.texts(".events .words").join(" ")).toContain(attack);
  expect(inspector.root.querySelectorAll("img")).toHaveLength(0);
  expect("attacked" in globalThis).toBe(false);
});

/** Waits for all reads so far, and for the view that shows their records. */
async function untilRead(read: MockInstance<ResultStorage["read"]>): Promise<void> {
  await expect.poll(() => read.mock.results.length).toBeGreaterThan(0);
  await Promise.all(read.mock.results.map(({ value }) => value as Promise<unknown>));
  await new Promise((resolve) => setTimeout(resolve));
}

test("a record that is pressed twice has one dialog", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["k"]);
  const read = vi.spyOn(store.resultStorage, "read");
  inspector.press("k");
  inspector.press("k");
  await expect.poll(() => inspector.all("dialog").length).toBeGreaterThan(0);
  await untilRead(read);
  expect(inspector.all("dialog")).toHaveLength(1);
});

test("a record that is read slowly opens no dialog in a view that was left meanwhile", async () => {
  const store = freshStore();
  await store.write("k", 1);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["k"]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const { resultStorage } = store;
  const read = resultStorage.read.bind(resultStorage);
  const slow = vi.spyOn(resultStorage, "read").mockImplementation(async (key) => promise.then(() => read(key)));
  inspector.press("k");
  inspector.press("Activity");
  resolve();
  await untilRead(slow);
  expect(inspector.root.querySelectorAll("dialog")).toHaveLength(0);
  inspector.press("Records");
  await inspector.look("k");
});

test("times too far away for a calendar don't keep a record from its dialog", async () => {
  const store = freshStore();
  await store.getOrCompute("k", () => 1, { expiresIn: "1h", staleWhileRevalidate: 8.64e15 });
  await store.write("l", 1, { expiration: new Date(8.64e15 - 86_400_000) });
  const expected = new Date(275_760, 8, 11, 12, 30);
  const inspector = InspectorPage.open(store);
  const dialog = await inspector.look("k");
  expect(dialog.innerText).toContain("Stale until");
  inspector.press("Close");
  await inspector.look("l");
  inspector.press("Save the expiration");
  await expect.poll(() => inspector.message).toBe("“l” keeps its expiration.");
  await inspector.look("l");
  const field = inspector.field<HTMLInputElement>("expiration");
  field.value = "275760-09-11T12:30:00";
  inspector.press("Save the expiration");
  await expect.poll(() => inspector.message).toBe(`“l” expires at ${expected.toISOString()}.`);
});

test("a small record that unfolds into very many values is cut while it is described", async () => {
  let value: unknown = "x".repeat(500);
  for (let depth = 0; depth < 4; depth++) value = Array.from({ length: 50 }, () => value);
  const store = freshStore();
  await store.write("k", value);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["k"]);
  const dialog = await inspector.look("k");
  expect(dialog.querySelector("pre")!.textContent).toMatch(/^Array\(50\) \[\n {2}Array\(50\) \[.*…$/s);
});

test("the inspector doesn't open a closed store again", async () => {
  const name = crypto.randomUUID();
  const connections = spyOnConnections(name);
  const store = freshStore({ name });
  await store.write("k", 1);
  const inspector = InspectorPage.open(store);
  await inspector.untilKeys(["k"]);
  await store.close();
  const opened = connections.length;
  inspector.press("Activity");
  await expect.poll(() => inspector.texts("#activity-panel li").length).toBeGreaterThan(0);
  await vi.waitFor(() =>
    expect(inspector.texts("#activity-panel li")).toContain("No caller holds a lock or waits for one."),
  );
  expect(connections.length).toBe(opened);
  inspector.press("Records");
  inspector.press("Refresh");
  await inspector.untilKeys(["k"]);
});

test("a store whose storage can't list says so", async () => {
  const storage = new NullStorage();
  Object.defineProperty(storage, "list", { value: undefined });
  const store = new ResultStore({ resultStorage: storage, serializer: new JsonSerializer() });
  const inspector = InspectorPage.open(store);
  await expect.poll(() => inspector.texts("nav .hint").join("")).toMatch(/^The records can’t be listed\. .*can't list/);
});
