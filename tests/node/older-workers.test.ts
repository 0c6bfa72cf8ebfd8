import { expect, test } from "vitest";
import { WranglerServer } from "../demo/wrangler-server.ts";
import { notedTask, openDirect } from "../load/client.ts";

// docs/getting-started.md states this date: Durable Objects answer method calls since then
const oldestDate = "2024-04-03";

test(`a Worker with the compatibility date ${oldestDate} serves results, locks, invalidations and tasks`, async () => {
  const args = ["--config", "tests/tasks/load/wrangler.toml", "--compatibility-date", oldestDate];
  const server = await WranglerServer.start({ args });
  try {
    const store = openDirect({ url: server.origin });
    expect(await store.getOrCompute("old/key", () => new Map([[1, "one"]]))).toEqual(new Map([[1, "one"]]));
    expect(await store.withLock("old/key", async () => (await store.list({ prefix: "old/" })).records.length)).toBe(1);
    const noted = notedTask.withOptions({ store });
    expect(await (await noted.defer([{ name: "old", lasts: 0 }])).result()).toBe("old");
    await store.invalidate({ prefix: "old/" });
    expect(await store.read("old/key")).toBeUndefined();
    await store.close();
  } finally {
    await server.close();
  }
}, 60_000);
