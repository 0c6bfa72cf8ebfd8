import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { useEnvironment } from "../../../src/core/context/configure.ts";
import { getResultStore, getSettings } from "../../../workers/edge.ts";

const variables = env as unknown as Record<string, unknown>;

afterEach(() => {
  delete variables["REPRISE_DEFAULT_SERIALIZER"];
  delete variables["REPRISE_PERSIST_BY_DEFAULT"];
  useEnvironment(variables);
});

test("the settings in a Worker's env hold for its default store too", async () => {
  variables["REPRISE_DEFAULT_SERIALIZER"] = "json";
  variables["REPRISE_PERSIST_BY_DEFAULT"] = false;
  useEnvironment(variables);
  expect(getSettings()).toMatchObject({ defaultSerializer: "json", persistByDefault: false });
  expect(getResultStore().serializer.type).toBe("json");
});

test("they hold from the first call on, which may come before any store is made", async () => {
  variables["REPRISE_PERSIST_BY_DEFAULT"] = false;
  vi.resetModules();
  const { getSettings: getSettingsAnew, task } = await import("../../../workers/edge.ts");
  expect(getSettingsAnew().persistByDefault).toBe(false);
  expect(await task((x: number) => x, { name: "unkept", version: "1" }).cacheKey([1])).toBeUndefined();
});
