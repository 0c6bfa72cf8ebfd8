// What the examples of the documentation take for granted.
import { createResultStore } from "../../src/browser/store/create-result-store.ts";
import { task } from "../../src/browser/store/runtime.ts";
import { MemoryTaskScheduler } from "../../src/core/deferred/memory-task-scheduler.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import { JsonSerializer } from "../../src/core/serializers/json-serializer.ts";

export const slowStorage = new MemoryStorage();

export const store = createResultStore({ name: "examples" });

export class MySerializer extends JsonSerializer {}

export class Point {
  x = 1;
  y = 2;
}

export const draw = (region: string, _signal?: AbortSignal): string => `a map of ${region}`;

export const sieve = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const reach = (roads: unknown, minutes: number): unknown => ({ roads, minutes });

export const computeIsochrones = (inputs: { city: string; minutes: number }): unknown => inputs;

const scheduler = new MemoryTaskScheduler({ tasks: () => [isochrones] });

export const isochrones = task(computeIsochrones, {
  name: "isochrones",
  version: "2",
  store: store.withOptions({ scheduler }),
});

export const fetch = async (_url: string, _init?: RequestInit): Promise<Response> => Response.json({ roads: [] });

export const fetchToken = async (): Promise<string> => "token";

/** A test runner's. */
export const test = (_name: string, _run: () => Promise<void>): void => {};

export const loadRows = async (year: number): Promise<number[]> => [year];

export const summarize = (rows: readonly number[]): number => rows.length;
