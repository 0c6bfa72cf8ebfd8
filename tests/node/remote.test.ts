import { expect, onTestFinished, test } from "vitest";
import { createResultStore, remote, type StoreEvent } from "../../src/node/index.ts";
import { eventually } from "../../src/testing/cases/wait-for.ts";
import { mintToken } from "../../workers/access/mint-token.ts";
import { WranglerServer } from "../demo/wrangler-server.ts";

const secret = "a secret for stores in Node, long enough";

test(
  "processes share results, locks and invalidations through a real Worker, and go on alone without it",
  { timeout: 60_000 },
  async () => {
    const server = await WranglerServer.start({ args: ["--var", `REPRISE_SECRET:${secret}`] });
    let isRunning = true;
    onTestFinished(() => (isRunning ? server.close() : undefined));
    const operations = ["read", "write", "delete", "list", "lock"] as const;
    const token = () => mintToken({ secret, prefix: "", operations, expiresIn: "1h" });
    const events: StoreEvent[] = [];
    const open = () =>
      createResultStore({
        remote: remote({ url: server.origin, token }),
        onEvent: (event) => void events.push(event),
        cacheResultInMemory: false,
      });
    const [one, other] = [open(), open()];

    let computed = 0;
    const compute = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return ++computed;
    };
    expect(await Promise.all([one, other].map((store) => store.getOrCompute("k", compute, { tags: ["t"] })))).toEqual([
      1, 1,
    ]);
    expect((await open().read("k"))?.result).toBe(1);
    await one.invalidate({ tags: ["t"] });
    await one.write("news", 1);
    // with the next answer of the Worker it hears of the invalidation
    expect((await other.read("news"))?.result).toBe(1);
    await eventually(async () => (await other.getOrCompute("k", compute)) === 2, "a value after the invalidation");

    isRunning = false;
    await server.close();
    expect(await one.getOrCompute("alone", () => "alone")).toBe("alone");
    expect(events.map(({ type }) => type)).toContain("offline");
    await Promise.all([one.close(), other.close()]);
  },
);
