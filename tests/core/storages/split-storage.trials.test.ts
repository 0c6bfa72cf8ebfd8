import * as fc from "fast-check";
import { expect } from "vitest";
import { ResultRecord } from "../../../src/core/context/built-in-serializers.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { trial } from "../../trials/trial.ts";
import { createSplit } from "./split-world.ts";

trial(
  "a read gives a value that one writer wrote, in any order of writes, reads and deletions",
  { kind: "histories", short: 200, long: 10_000 },
  fc.asyncProperty(
    fc.scheduler(),
    fc.integer({ min: 1, max: 4 }),
    fc.boolean(),
    async (scheduler, writers, deletes) => {
      const { storage, metadata, results } = createSplit();
      await put(storage, "key");
      for (const part of [metadata, results]) part.before = (call) => scheduler.schedule(Promise.resolve(), call);
      const seen: string[] = [];
      const read = async () => {
        const stored = await storage.read("key");
        if (!stored) return seen.push("absent");
        const { result } = await ResultRecord.deserialize(stored.bytes, { key: "key" });
        return seen.push(typeof result);
      };
      const work = [...Array.from({ length: writers }, () => put(storage, "key")), read(), read()];
      if (deletes) work.push(storage.delete("key") as Promise<never>);
      await scheduler.waitFor(Promise.all(work));
      for (const part of [metadata, results]) part.before = undefined;
      await read();
      const isThere = (await storage.head("key")) !== undefined;
      expect(seen.at(-1)).toBe(isThere ? "string" : "absent");
      if (!deletes) expect(seen).not.toContain("absent");
    },
  ),
);
