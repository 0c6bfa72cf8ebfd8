import { expect, test } from "vitest";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import type { StorageWriteOptions } from "../../src/core/storages/result-storage.ts";
import { createStore } from "../stores.ts";
import { type Begin, ChainModel, type Versions } from "./chain-model.ts";
import { CounterModel } from "./counter-model.ts";
import { LedgerModel } from "./ledger-model.ts";

const chain = "c";
const write: Begin = { chain, operation: "write", key: "x", version: 1 };

/** A chain whose x was written, and where another operation has begun. */
function begun(operation: Begin["operation"], key: Begin["key"] = "x"): ChainModel {
  const model = new ChainModel();
  model.begin(write);
  model.end({ chain, found: { x: 1 }, isUnkept: false });
  model.begin({ chain, operation, key, version: 2 });
  return model;
}

test.each<[what: string, operation: Begin["operation"], found: Versions]>([
  ["a lost write", "write", {}],
  ["a write of nobody", "write", { x: 3 }],
  ["a deletion that took another key", "delete", { x: 1, y: 2 }],
  ["a computation that replaced a value", "compute", { x: 2 }],
  ["a transaction whose outer record alone was kept", "transact", { x: 2 }],
  ["a torn value", "write", { x: Number.NaN }],
])("the model of a chain notices %s", (_, operation, found) => {
  expect(() => begun(operation).resume(chain, found)).toThrow("are promised");
});

test("the model of a chain notices an invalidated value that is served", () => {
  expect(() => begun("invalidate").end({ chain, found: { x: 1 }, isUnkept: false })).toThrow("after invalidate, found");
  const model = begun("expire");
  model.end({ chain, found: {}, isUnkept: false });
  expect(() => model.resume(chain, { x: 1 })).toThrow("are promised");
});

test("the model of a chain allows a result that is missing if an event said so", () => {
  begun("transact").end({ chain, found: { x: 1, y: 2 }, isUnkept: true });
  expect(() => begun("transact").end({ chain, found: { x: 1, y: 2 }, isUnkept: false })).toThrow("after transact");
});

test("the model of a chain allows an operation to have happened, or not, or half a commit", () => {
  for (const found of [{ x: 1 }, { x: 1, y: 2 }, { x: 2, y: 2 }]) begun("transact").resume(chain, found);
  for (const found of [{ x: 1 }, {}]) begun("delete").resume(chain, found);
});

test("the model of a counter notices a lost increment, and one that was refused and written all the same", () => {
  const model = new CounterModel();
  for (const step of ["begin", "end", "begin", "refused", "begin"] as const) model.note("first", step);
  expect(() => model.resume(0)).toThrow("between 1 and 2");
  expect(() => model.resume(3)).toThrow("between 1 and 2");
  model.resume(2);
  expect(() => model.resume(1)).toThrow("between 2 and 2");
});

/** Resolves a write some writes before it happens, so a crash loses the last ones. */
class HastyStorage extends MemoryStorage {
  readonly #late: (() => Promise<unknown>)[] = [];

  override async write(key: string, bytes: Uint8Array, options: StorageWriteOptions) {
    this.#late.push(() => super.write(key, bytes, options));
    if (this.#late.length > 2) await this.#late.shift()!();
    return { etag: key };
  }
}

test.each([
  ["nothing where all is there", MemoryStorage, undefined],
  ["a storage that resolves a write before it has happened", HastyStorage, "c: found undefined"],
])("the model of a ledger notices %s", async (_, Storage, fault) => {
  const resultStorage = new Storage();
  const model = new LedgerModel();
  const writer = createStore({ resultStorage });
  for (const [version, record] of ["a", "b", "c", "d"].entries()) {
    model.begin(record, version);
    await writer.write(record, version);
    model.end(record);
  }
  const reader = createStore({ resultStorage });
  const found: Record<string, number> = {};
  for (const { storageKey } of (await reader.list()).records) {
    found[storageKey] = (await reader.read(storageKey))!.result as number;
  }
  const resume = expect(() => model.resume(found));
  if (fault === undefined) resume.not.toThrow();
  else resume.toThrow(fault);
});

test("the model of a ledger allows the last write to have happened or not, and notices older and torn values", () => {
  for (const [found, isAllowed] of [
    [1, true],
    [2, true],
    [0, false],
    [3, false],
    [Number.NaN, false],
  ] as const) {
    const model = new LedgerModel();
    for (const version of [0, 1]) {
      model.begin("a", version);
      model.end("a");
    }
    model.begin("a", 2);
    const resume = expect(() => model.resume({ a: found }));
    if (isAllowed) resume.not.toThrow();
    else resume.toThrow("are promised");
  }
});
