import { expect, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { exportRecords } from "../../../src/core/archive/export-records.ts";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";

test("records move from one database to another as a stream, and every tab sees them", async () => {
  const [from, to] = [crypto.randomUUID(), crypto.randomUUID()];
  const source = createResultStore({ name: from });
  const [tab, otherTab] = [createResultStore({ name: to }), createResultStore({ name: to })];
  for (let i = 0; i < 300; i++)
    await source.write(`maps/${i}`, new Float32Array([i]), { tags: ["maps"], expiresIn: "1h" });
  await source.write("other", 1);
  await otherTab.write("maps/7", "before");
  expect((await otherTab.read("maps/7"))?.result).toBe("before");

  const held = await otherTab.acquireLock("maps/8");
  const result = await importRecords(tab, exportRecords(source, { prefix: "maps/" }));
  expect(result).toEqual({ imported: 299, skipped: 0, refused: 1 });
  expect((await tab.read("maps/299"))?.result).toEqual(new Float32Array([299]));
  await eventually(
    async () => (await otherTab.read("maps/7"))?.result instanceof Float32Array,
    "the other tab to see it",
  );
  expect(await tab.exists("other")).toBe(false);
  await otherTab.releaseLock("maps/8", held!);

  await otherTab.invalidate({ tags: ["maps"] });
  expect(await tab.exists("maps/7")).toBe(false);
  await Promise.all([source.close(), tab.close(), otherTab.close()]);
});
