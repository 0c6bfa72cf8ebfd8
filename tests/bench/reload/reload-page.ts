import { bytesOfRecord } from "./record.ts";

/** `reprise.ts` and `idb-keyval.ts`. */
interface Side {
  keep(): Promise<void>;
  hit(): Promise<Float32Array>;
}

export async function keep(module: string): Promise<void> {
  await ((await import(module)) as Side).keep();
}

/** Milliseconds for the import and the first hit. */
export async function timeHit(module: string): Promise<number> {
  const started = performance.now();
  const value = await ((await import(module)) as Side).hit();
  const taken = performance.now() - started;
  if (value.byteLength !== bytesOfRecord) throw new Error("The value is another");
  return taken;
}
