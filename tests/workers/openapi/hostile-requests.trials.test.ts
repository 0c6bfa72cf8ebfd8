import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { expect } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import { trial } from "../../trials/trial.ts";
import { secret } from "../api-tools.ts";
import { askHostile } from "./ask-hostile.ts";
import { hostileRequest } from "./hostile-requests.ts";

trial(
  "a hostile request to any documented operation gets a documented answer, and reaches nothing beyond its token",
  { kind: "inputs", short: 100, long: 1_500 },
  fc.asyncProperty(fc.array(hostileRequest, { minLength: 1, maxLength: 6 }), async (requests) => {
    const storage = new MemoryStorage();
    const kept = await put(storage, "private/a");
    const reported: unknown[] = [];
    const scheduler = {
      submit: async () => ({ state: "pending", attempts: 0 }) as const,
      inspect: async () => undefined,
    };
    const api = createResultsApi({
      storage: () => storage,
      scheduler: () => scheduler,
      onError: (error) => void reported.push(error),
    });
    for (const request of requests) {
      await askHostile(async (each) => api.fetch(each, { ...env, REPRISE_SECRET: secret }), request);
      expect(reported).toEqual([]);
    }
    expect(await storage.read("private/a")).toEqual(kept);
  }),
);
