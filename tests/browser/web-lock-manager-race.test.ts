import { afterEach, expect, test } from "vitest";
import { LockActor, type Stint } from "./contexts/lock-actor.ts";
import { connect, type Remote } from "./contexts/remote.ts";

const workers: Worker[] = [];

function startWorker(name: string): Remote<LockActor> {
  const worker = new Worker(new URL("./contexts/lock-worker.ts", import.meta.url), { type: "module", name });
  workers.push(worker);
  return connect<LockActor>(worker);
}

afterEach(() => {
  for (const worker of workers.splice(0)) worker.terminate();
});

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

test("holders that release around the end of their leases never work at the same time", { timeout: 60_000 }, async () => {
  const name = `race-${crypto.randomUUID()}`;
  const actors = [new LockActor(name), startWorker(name), startWorker(name), startWorker(name)];
  const races = actors.flatMap((actor, context) =>
    [1, 2].map((caller) =>
      actor.race({ key: "key", holder: `${context}.${caller}`, lease: 30, jitter: 8, rounds: 20 }),
    ),
  );
  const stints = (await Promise.all(races)).flat();
  console.log(stints.length, "lost", stints.filter((s) => s.lost).length, "taken", stints.filter((s) => s.takenOver).length,
   "late signal", Math.max(...stints.filter(s=>s.lost).map(s=>s.to-s.leaseEnd)));
  const s2 = stints.toSorted((a,b)=>a.from-b.from);
  const gaps = s2.slice(1).map((s,i)=> s.takenOver ? s.from - s2[i]!.leaseEnd : NaN).filter(x=>!isNaN(x)).toSorted((a,b)=>a-b);
  console.log("handover after lease", gaps[0], gaps[gaps.length>>1], gaps.at(-1));
  const gaps2 = s2.slice(1).map((s,i)=> !s.takenOver ? s.from - s2[i]!.to : NaN).filter(x=>!isNaN(x)).toSorted((a,b)=>a-b);
  console.log("handover after release", gaps2[0], gaps2[gaps2.length>>1], gaps2.at(-1));
  console.log("onfile", stints.map(s=>s.onFile).reduce((m,x)=>(m[String(x)]=(m[String(x)]??0)+1,m),{} as Record<string,number>));
  expect(overlaps(stints)).toEqual([]);
  expect(stints.filter(({ onFile }) => onFile === false)).toEqual([]);
  const tokens = stints.toSorted((one, other) => one.from - other.from).map(({ token }) => token);
  expect(tokens).toEqual(tokens.toSorted((one, other) => one - other));
  expect(new Set(tokens).size).toBe(stints.length);
  expect(stints.some(({ takenOver }) => takenOver)).toBe(true);
  expect(stints.some(({ lost }) => !lost)).toBe(true);
});
