import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WranglerServer } from "../demo/wrangler-server.ts";
import { countTried, trial } from "../trials/trial.ts";
import { FlakyProxy, type Trouble } from "./flaky-proxy.ts";
import { startLoadServer } from "./load-server.ts";
import { type NetworkCall, NetworkWorld } from "./network-world.ts";

const milliseconds = fc.integer({ min: 1, max: 1_500 });
const bytes = fc.integer({ min: 0, max: 3_000 });
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ type: "none" as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("delay" as const, "late" as const), milliseconds }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("cut-request" as const, "cut-answer" as const), bytes }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("slow", "cut-before", "lose-answer", "lose-answer", "reset", "silence"),
    }),
  },
);
const call: fc.Arbitrary<NetworkCall> = fc.record({
  type: fc.constantFrom("write", "delete", "invalidate", "read", "increase", "increase", "create", "compute", "share"),
  size: fc.constantFrom(0, 0, 5_000),
});
const calls = fc.array(fc.array(call, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 5 });
const troubles = fc.array(trouble, { minLength: 1, maxLength: 60 });

describe.each([["R2", undefined]] as const)("with %s", (_, env) => {
  let server: WranglerServer;
  let proxy: FlakyProxy;

  beforeAll(async () => {
    server = await startLoadServer(env);
    proxy = await FlakyProxy.start(server.origin);
  }, 120_000);
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  trial(
    "every call ends, nothing acknowledged is lost and a lost answer makes no second winner, with any trouble of the network",
    { kind: "histories", short: 1, long: 25 },
    // a case takes seconds, and goes another way each time: nothing is gained by smaller ones
    fc.asyncProperty(fc.noShrink(calls), fc.noShrink(troubles), async (all, met) => {
      const world = new NetworkWorld(proxy.origin, server.origin, all.length);
      let i = 0;
      proxy.trouble(() => met[i++ % met.length]!);
      await Promise.all(all.map((its, client) => world.run(client, its)));
      proxy.heal();
      await world.check();
      if (world.faults.length > 0) throw new Error(world.faults.join("\n"));
    }),
  );

  test("requests met the troubles of the network", (context) => {
    countTried(context, "faults", proxy.troubles);
    expect(proxy.troubles).toBeGreaterThan(0);
  });
});
