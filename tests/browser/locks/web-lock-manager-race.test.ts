import { expect, test } from "vitest";
import { LockActor, type Stint } from "../contexts/lock-actor.ts";
import { startFrame, startWorker } from "../contexts/start-context.ts";

/** Pairs of holders who worked at one time. The work of one that lost its lock counts until its lease was over. */
function overlaps(stints: readonly Stint[]): [Stint, Stint][] {
  const found: [Stint, Stint][] = [];
  let latest: Stint | undefined;
  const end = ({ to, leaseEnd, lost }: Stint): number => (lost ? Math.min(to, leaseEnd) : to);
  for (const stint of stints.toSorted((one, other) => one.from - other.from)) {
    if (latest && stint.from < end(latest)) found.push([latest, stint]);
    if (!latest || end(stint) > end(latest)) latest = stint;
  }
  return found;
}

test(
  "holders that release around the end of their leases never work at the same time",
  { timeout: 60_000 },
  async () => {
    const name = `race-${crypto.randomUUID()}`;
    const others = await Promise.all([startWorker(name), startWorker(name), startFrame(name)]);
    const actors = [new LockActor(name), ...others.map(({ actor }) => actor)];
    const races = actors.flatMap((actor, context) =>
      [1, 2].map((caller) =>
        actor.race({ key: "key", holder: `${context}.${caller}`, lease: 30, jitter: 8, rounds: 20 }),
      ),
    );
    const stints = (await Promise.all(races)).flat();
    expect(overlaps(stints)).toEqual([]);
    expect(stints.filter(({ onFile }) => onFile === false)).toEqual([]);
    const tokens = stints.toSorted((one, other) => one.from - other.from).map(({ token }) => token);
    expect(tokens).toEqual(tokens.toSorted((one, other) => one - other));
    expect(new Set(tokens).size).toBe(stints.length);
    expect(stints.some(({ takenOver }) => takenOver)).toBe(true);
    expect(stints.some(({ lost }) => !lost)).toBe(true);
  },
);
