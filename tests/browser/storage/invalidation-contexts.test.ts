import { describe, expect, test } from "vitest";
import type { InvalidationMode, InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { mustRead, put } from "../../../src/testing/storages/storage-scene.ts";
import { type Context, startFrame, startWorker } from "../contexts/start-context.ts";
import { freshName } from "./indexed-db-tools.ts";

const tags = ["maps"];
const targets: InvalidationTarget[] = [{ keys: ["maps/a"] }, { prefix: "maps/" }, { tags }, "all"];
const modes: InvalidationMode[] = ["delete", "expire"];

describe.each<[string, (name: string) => Promise<Context>]>([
  ["a worker", startWorker],
  ["an iframe", startFrame],
])("a page and %s", (_, start) => {
  async function scene() {
    const name = freshName();
    return { page: new IndexedDbStorage({ name }), ...(await start(name)) };
  }

  test("a deletion in one refuses what began before in the other, also where there is no record", async () => {
    const { page, actor } = await scene();
    for (const hasRecord of [false, true]) {
      if (hasRecord) await put(page, "k");
      const [here, there] = [await page.begin("k"), await actor.begin("k")];
      expect(await actor.deleteRecord("k")).toBe(hasRecord);
      await expect(put(page, "k", { since: here })).rejects.toMatchObject({ code: "INVALIDATED", key: "k" });
      await expect(actor.keep("k", { since: there })).rejects.toThrow("INVALIDATED");
      const again = await actor.begin("k");
      expect(await page.delete("k")).toBe(false);
      await expect(actor.keep("k", { since: again })).rejects.toThrow("INVALIDATED");
      expect(await page.read("k")).toBeUndefined();
    }
  });

  test("every invalidation in one refuses what began before in the other", async () => {
    const { page, actor } = await scene();
    for (const target of targets) {
      for (const mode of modes) {
        const since = await page.begin("maps/a");
        await actor.invalidate(target, mode);
        await expect(put(page, "maps/a", { tags, since })).rejects.toMatchObject({ code: "INVALIDATED" });
        await put(page, "maps/a", { tags, since: await page.begin("maps/a") });
      }
    }
  });

  test("of a deletion and a write at the same time, nothing stays", async () => {
    const { page, actor } = await scene();
    for (let round = 0; round < 20; round++) {
      const since = await page.begin("k");
      await Promise.allSettled([put(page, "k", { since }), actor.deleteRecord("k")]);
      expect(await page.read("k")).toBeUndefined();
    }
  });

  test("a write by hand in one refuses what began before in the other, and stays", async () => {
    const { page, actor } = await scene();
    const since = await actor.begin("k");
    const { etag } = await put(page, "k");
    await expect(actor.keep("k", { since })).rejects.toThrow("INVALIDATED");
    expect((await mustRead(page, "k")).etag).toBe(etag);
  });
});
