import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import { createMemoryWorld } from "../memory-world.ts";
import { parityCases } from "../parity/cases.ts";
import { places } from "../parity/parity-world.ts";
import { runParity } from "../parity/run-parity.ts";

runParity("memory", () => {
  const world = createMemoryWorld();
  const { lockManager } = world.createStore();
  return {
    ...world,
    place: "memory",
    isStrong: true,
    followsAwaits: true,
    runtime: "process",
    createOtherStorage: () => new MemoryStorage(),
    createLockManager: () => lockManager ?? new MemoryLockManager(),
  };
});

test("memory | MemoryLockManager: an instance is a world of its own", async () => {
  const [one, other] = [new MemoryLockManager(), new MemoryLockManager()];
  await one.acquireLock("k", "me");
  expect(await other.acquireLock("k", "you", { acquireTimeout: 0 })).toBeDefined();
});

/** The first cells of the tables of what Prefect calls something. */
async function documentedRows(): Promise<string[]> {
  const text = await readFile(new URL("../../docs/prefect.md", import.meta.url), "utf8");
  const tables = text.match(/^\| Prefect \|.*\n(?:\|.*\n)+/gm) ?? [];
  return [...tables.join("").matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell]) => cell!.replaceAll("`", ""));
}

/** Where a row's cases run. */
function placesOf(row: string): string[] {
  const found = new Set(parityCases.flatMap((each) => (each.row === row ? (each.places ?? places) : [])));
  return places.filter((place) => found.has(place));
}

test("every row of docs/prefect.md has cases in each place where it is to be had, and every case a row", async () => {
  const rows = await documentedRows();
  expect(rows.length).toBeGreaterThan(40);
  expect(new Set(rows).size).toBe(rows.length);
  const here = {
    MemoryLockManager: ["memory"],
    FileSystemLockManager: ["IndexedDB"],
    RedisLockManager: ["R2", "KV", "R2 and KV"],
  };
  const expected = Object.fromEntries(rows.map((row) => [row, (here as Record<string, string[]>)[row] ?? places]));
  expect(Object.fromEntries(rows.map((row) => [row, placesOf(row)]))).toEqual(expected);
  expect(parityCases.map(({ row }) => row).filter((row) => !rows.includes(row))).toEqual([]);
});

test("no two cases have one name", () => {
  const names = parityCases.flatMap(({ row, promise, places: where = places }) =>
    where.map((place) => [place, row, promise].join()),
  );
  expect(new Set(names).size).toBe(names.length);
});
