import { createResultStore } from "../../../src/browser/index.ts";
import { floats, refuse } from "../browser/repeat.ts";
import { bytesOfRecord, key } from "./record.ts";

export async function keep(): Promise<void> {
  await createResultStore().write(key, floats(bytesOfRecord));
}

export function hit(): Promise<Float32Array> {
  return createResultStore().getOrCompute<Float32Array>(key, refuse);
}
