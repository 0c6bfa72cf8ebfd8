import { describe, test } from "vitest";
import { parityCases } from "./cases.ts";
import { createParityWorld, type Place, type PlaceTools } from "./parity-world.ts";

/** Runs every case that is to hold in a place, each in a world of its own. */
export function runParity(place: Place, createTools: () => PlaceTools): void {
  describe(place, () => {
    for (const { row, promise, places, run } of parityCases) {
      if (places && !places.includes(place)) continue;
      test(`${place} | ${row}: ${promise}`, async () => {
        const world = createParityWorld(createTools);
        try {
          await run(world);
        } finally {
          await world.close();
        }
      });
    }
  });
}
