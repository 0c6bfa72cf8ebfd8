import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { useEnvironment } from "../../src/core/settings.ts";
import { loadPlatform } from "../../src/edge/find-bindings.ts";
import { getResultStore, getSettings } from "../../src/edge/index.ts";

const variables = env as unknown as Record<string, unknown>;

afterEach(() => {
  delete variables["REPRISE_DEFAULT_SERIALIZER"];
  delete variables["REPRISE_PERSIST_BY_DEFAULT"];
  useEnvironment(variables);
});

test("the settings in a Worker's env hold once the platform is loaded, for its default store too", async () => {
  variables["REPRISE_DEFAULT_SERIALIZER"] = "json";
  variables["REPRISE_PERSIST_BY_DEFAULT"] = false;
  await loadPlatform();
  expect(getSettings()).toMatchObject({ defaultSerializer: "json", persistByDefault: false });
  expect(getResultStore().serializer.type).toBe("json");
});
