import { createResultStore } from "../../src/browser/index.ts";
import type { Begin, End } from "./chain-model.ts";
import type { CounterStep } from "./counter-model.ts";

/** What a page tells its test. */
export type Note =
  | ({ readonly kind: "begin" } & Begin)
  | ({ readonly kind: "end" } & End)
  | { readonly kind: "write"; readonly record: string; readonly version: number }
  | { readonly kind: "written"; readonly record: string }
  | { readonly kind: "counter"; readonly page: string; readonly step: CounterStep }
  | { readonly kind: "error"; readonly page: string; readonly text: string };

/** Its reply comes once the test has the note. A note with the same id as an earlier one is ignored. */
declare const receive: (id: string, note: Note) => Promise<void>;

/** A page that is kept to go back to gets no reply, so it sends its note again when it is back. */
export async function note(given: Note): Promise<void> {
  const id = crypto.randomUUID();
  let isReceived = false;
  const send = async () => {
    await receive(id, given);
    isReceived = true;
  };
  while (!isReceived) {
    const restored = new AbortController();
    const { signal } = restored;
    await Promise.race([send(), new Promise((resolve) => addEventListener("pageshow", resolve, { signal }))]);
    restored.abort();
  }
}

/** Why a page that was in the back/forward cache may not keep a result: it may have missed an invalidation, or lost its lock. */
const reasons = ["INVALIDATED", "STALE_LOCK", "LOCK_NOT_HELD"];

/** Keys whose results were not kept, by the events. */
export const unkept = new Set<string>();

export const store = createResultStore({
  name: "crashes",
  // a crowded machine may take longer, and memory would stand in for the database
  openTimeout: "60s",
  onEvent(event) {
    if (event.type !== "write-error" && event.type !== "fallback") return;
    const { code } = event.error as { code?: string };
    if (event.type === "write-error" && reasons.includes(code!)) unkept.add(event.key);
    else void note({ kind: "error", page: location.href, text: `${event.type}: ${code} ${String(event.error)}` });
  },
});

interface Value {
  readonly version: number;
  readonly bytes: Uint8Array;
}

export function valueOf(version: number): Value {
  return { version, bytes: new Uint8Array((version * 7_919) % 60_000).fill(version) };
}

/** The version of the value, or NaN for one that nobody wrote. */
export async function versionUnder(path: string): Promise<number | undefined> {
  const record = await store.read(path);
  if (!record) return undefined;
  const { version, bytes } = record.result as Value;
  const expected = valueOf(version).bytes;
  return bytes.length === expected.length && bytes.every((byte, at) => byte === expected[at]) ? version : Number.NaN;
}
