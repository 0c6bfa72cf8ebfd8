import { delay, indexes } from "../browser/repeat.ts";
import type { OpenPeer, Peer } from "./peer.ts";

/** Milliseconds, and how often the value was computed meanwhile in this tab. */
export interface JobReport {
  readonly milliseconds: number;
  readonly computations: number;
}

const keptBefore = "first/1";
let peer: Peer;
let computations = 0;
/** Milliseconds that a computation takes. */
let computing = 0;
let kept = 0;
let onKept = (): void => {};

/** 8 kB of JSON. */
const rows = indexes(100).map((id) => ({
  id,
  name: `Station ${id}`,
  position: [59.9 + id, 10.7 - id],
  tags: ["measured"],
}));

async function compute(): Promise<unknown> {
  computations++;
  if (computing > 0) await delay(computing);
  return rows;
}

async function importPeer(module: string): Promise<void> {
  const { open } = (await import(module)) as { open: OpenPeer };
  peer = open(compute, () => {
    kept++;
    onKept();
  });
}

async function keptTimes(times: number): Promise<void> {
  while (kept < times) await new Promise<void>((resolve) => (onKept = resolve));
}

async function timed(work: () => Promise<unknown>): Promise<JobReport> {
  const [started, before] = [performance.now(), computations];
  await work();
  return { milliseconds: performance.now() - started, computations: computations - before };
}

/** As on a first visit. */
export async function forgetAll(): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    await new Promise((resolve) => (indexedDB.deleteDatabase(name!).onsuccess = resolve));
  }
}

/** From the import on, until the value is in IndexedDB. */
export function firstKept(module: string): Promise<JobReport> {
  return timed(async () => {
    await importPeer(module);
    await peer.get(keptBefore);
    await keptTimes(1);
  });
}

/** From the import on. */
export function hitAfterReload(module: string): Promise<JobReport> {
  return timed(async () => {
    await importPeer(module);
    await peer.get(keptBefore);
  });
}

export function atOnce({ key, work, calls }: { key: string; work: number; calls: number }): Promise<JobReport> {
  computing = work;
  return timed(() => Promise.all(indexes(calls).map(() => peer.get(key))));
}

/** `at`: the same moment in all tabs, in milliseconds since 1970. */
export async function atSameTime({ key, work, at }: { key: string; work: number; at: number }): Promise<JobReport> {
  computing = work;
  await delay(at - Date.now());
  return timed(() => peer.get(key));
}

/** Drops 100 values of 200. `undefined`: the library can't. */
export async function dropPrefix(): Promise<JobReport | undefined> {
  computing = 0;
  const before = kept;
  for (const prefix of ["dropped", "spared"]) await Promise.all(indexes(100).map((i) => peer.get(`${prefix}/${i}`)));
  await keptTimes(before + 200);
  if (!peer.drop) return undefined;
  const report = await timed(() => peer.drop!("dropped/"));
  const again = await timed(() => Promise.all([peer.get("dropped/1"), peer.get("dropped/99"), peer.get("spared/1")]));
  if (again.computations !== 2) throw new Error(`${again.computations} of the three values were gone, and not two`);
  return report;
}
