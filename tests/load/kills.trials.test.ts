import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { randomOf } from "../bench/scaling/time.ts";
import type { WranglerServer } from "../demo/wrangler-server.ts";
import { countTried, runsOf } from "../trials/trial.ts";
import { KillWorld } from "./kill-world.ts";
import { startLoadServer } from "./load-server.ts";

let server: WranglerServer;

beforeAll(async () => {
  server = await startLoadServer();
}, 120_000);
afterAll(() => server.close());

const kills = runsOf({ short: 1, long: 40 });

test(
  "a Worker that is killed again and again keeps what it acknowledged, leases and tokens; callers and jobs go on",
  { timeout: 1_200_000 },
  async (context) => {
    const random = randomOf(inject("trials").seed);
    const world = new KillWorld(server.origin);
    const kill = async () => {
      await new Promise((resolve) => setTimeout(resolve, random() * 1_000));
      await server.kill();
    };
    for (let i = 1; i <= kills; i++) {
      // a job that is killed leaves a lease behind, which takes longer than a short run may
      await world.round(kill, () => server.run(), kills > 1);
      countTried(context, "faults", 1);
      expect(world.faults, `kill ${i}`).toEqual([]);
    }
    await world.checkJobs();
    expect(world.faults).toEqual([]);
  },
);
