import { type CacheEntry, cachified } from "@epic-web/cachified";
import { parse, stringify } from "devalue";
import { LRUCache } from "lru-cache";
import { hash } from "ohash";
import { createResultStore, ResultRecord, task } from "../../src/node/index.ts";
import type { Comparison } from "./measure.ts";

type NodeCase = () => Comparison | Promise<Comparison>;

/** By the ids in `targets.ts`. */
export const nodeCases: Readonly<Record<string, NodeCase>> = {
  "memory-hit": memoryHit,
  "task-hit": taskHit,
  "encode-json": () => ({ ours: encode(plainRows()), reference: encodeAs(JSON.stringify, plainRows()), count: 1 }),
  "decode-json": decodeJson,
  "encode-rich": () => ({ ours: encode(richMap()), reference: encodeAs(stringify, richMap()), count: 1 }),
  "decode-rich": decodeRich,
  "encode-binary": () => ({ ours: keeping(encode(grid())), reference: allocateAndCopy(), count: 1 }),
  "decode-binary": decodeBinary,
};

async function memoryHit(): Promise<Comparison> {
  const count = 20_000;
  const store = createResultStore();
  const cache = new LRUCache<string, CacheEntry<number>>({ max: 1_000 });
  const compute = (): number => 1;
  const ours = (): Promise<number> => store.getOrCompute("key", compute);
  const reference = (): Promise<number> => cachified({ key: "key", cache, ttl: 1e9, getFreshValue: compute });
  await ours();
  await reference();
  return { ours: repeat(count, ours), reference: repeat(count, reference), count };
}

async function taskHit(): Promise<Comparison> {
  const count = 20_000;
  const input = (): { x: number; y: number; z: number[] } => ({ x: 1, y: 2, z: [1, 2, 3] });
  const add = task(({ x, y, z }: ReturnType<typeof input>) => x + y + z.length, {
    name: "add",
    store: createResultStore(),
  });
  await add(input());
  const reference = (): void => {
    for (let i = 0; i < count; i++) hash(input());
  };
  return { ours: repeat(count, () => add(input())), reference, count };
}

async function decodeJson(): Promise<Comparison> {
  const rows = plainRows();
  const [record, json] = [await encode(rows)(), encodeAs(JSON.stringify, rows)()];
  return { ours: decode(record), reference: (): unknown => JSON.parse(new TextDecoder().decode(json)), count: 1 };
}

async function decodeRich(): Promise<Comparison> {
  const map = richMap();
  const [record, text] = [await encode(map)(), encodeAs(stringify, map)()];
  return { ours: decode(record), reference: (): unknown => parse(new TextDecoder().decode(text)), count: 1 };
}

async function decodeBinary(): Promise<Comparison> {
  return { ours: decode(await encode(grid())()), reference: allocateAndCopy(), count: 1 };
}

/** To the bytes of one record, as a storage gets them. */
function encode(value: unknown): () => Promise<Uint8Array> {
  const store = createResultStore();
  return () => store.createResultRecord(value, { key: "key" }).serialize();
}

/** To the value: that its type is what it was keeps the engine from leaving the work out. */
function decode(bytes: Uint8Array): () => Promise<string> {
  return async () => typeof (await ResultRecord.deserialize(bytes)).result;
}

function encodeAs(toText: (value: unknown) => string, value: unknown): () => Uint8Array {
  return () => new TextEncoder().encode(toText(value));
}

function allocateAndCopy(): () => unknown {
  const source = new Uint8Array(grid().grid.buffer);
  return keeping(() => {
    const copy = new Uint8Array(source.length);
    copy.set(source);
    return copy;
  });
}

/** Memory that was just freed and is handed out again costs far less than memory that is new to the process. */
function keeping(work: () => unknown): () => unknown {
  const kept: unknown[] = [];
  return async () => kept.push(await work());
}

function repeat(count: number, work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    for (let i = 0; i < count; i++) await work();
  };
}

/** 2,000 rows, 287 kB of JSON. */
function plainRows(): unknown[] {
  return Array.from({ length: 2_000 }, (_, id) => ({
    id,
    name: `Station ${id}`,
    active: id % 3 === 0,
    position: { latitude: 59.9 + id / 1_000, longitude: 10.7 - id / 1_000 },
    tags: ["measured", id % 2 === 0 ? "even" : "odd"],
    note: id % 5 === 0 ? null : 'no "remarks"',
  }));
}

/** What JSON can't carry. */
function richMap(): unknown {
  const entries = Array.from({ length: 500 }, (_, id) => {
    const item = {
      id: BigInt(id),
      when: new Date(id * 1e6),
      tags: new Set(["a", `b${id}`]),
      pattern: /a+b/giu,
      missing: undefined,
    };
    return [`item ${id}`, item] as const;
  });
  return new Map(entries);
}

function grid(): { grid: Float32Array<ArrayBuffer>; w: number; h: number } {
  return { grid: Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i)), w: 1_000, h: 1_000 };
}
