import { get, set } from "idb-keyval";
import { floats, refuse } from "../browser/repeat.ts";
import { bytesOfRecord, key } from "./record.ts";

export async function keep(): Promise<void> {
  await set(key, floats(bytesOfRecord));
}

export async function hit(): Promise<Float32Array> {
  return (await get<Float32Array>(key)) ?? refuse();
}
