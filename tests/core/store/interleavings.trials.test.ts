import * as fc from "fast-check";
import { settled } from "../../trials/fake-time.ts";
import { trial } from "../../trials/trial.ts";
import { type Command, InterleavedWorld, type Variant } from "./interleaved-world.ts";

const store = fc.nat({ max: 1 });
const key = fc.nat({ max: 2 });
const target = fc.constantFrom("a/0", ["a/0", "b/2"], { prefix: "a/" }, { tags: ["x"] }, { tags: ["y"] }, "all");
const rarely = fc.nat({ max: 3 }).map((n) => n === 3);

const call = fc.record({
  type: fc.constant("call" as const),
  store,
  key,
  refresh: rarely,
  fails: rarely,
  staleWhileRevalidate: rarely,
  errorExpiresIn: rarely,
  tagsOfValue: fc.boolean(),
});
const change = fc.oneof(
  fc.record({ type: fc.constantFrom("write" as const, "delete" as const), store, key }),
  fc.record({ type: fc.constant("clear" as const), store }),
  fc.record({ type: fc.constant("deleteMany" as const), store, keys: fc.uniqueArray(key, { minLength: 1 }) }),
  fc.record({
    type: fc.constant("invalidate" as const),
    store,
    target,
    mode: fc.constantFrom("expire" as const, "delete" as const),
  }),
);
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: call }, { weight: 2, arbitrary: change }),
  {
    minLength: 2,
    maxLength: 12,
  },
);
const choices = fc.array(fc.nat({ max: 999 }), { minLength: 5, maxLength: 120 });
const variant: fc.Arbitrary<Variant> = fc.record({
  locks: fc.boolean(),
  waitUntil: fc.boolean(),
  news: fc.constantFrom("at once" as const, "late" as const, "never" as const),
});

/** Each choice issues the next command, or lets one of the paused steps go on. */
async function play(of: Variant, all: readonly Command[], chosen: readonly number[]): Promise<InterleavedWorld> {
  const world = new InterleavedWorld(of);
  const left = [...all];
  let i = 0;
  const deadline = Date.now() + 10_000;
  while (left.length > 0 || world.paused > 0 || world.isRunning) {
    const next = left.length > 0 ? 1 : 0;
    const options = world.paused + next;
    const pick = options > 0 ? chosen[i++ % chosen.length]! % options : -1;
    if (pick >= 0 && pick < world.paused) world.goOn(pick);
    else if (next) world.do(left.shift()!);
    else await new Promise((resolve) => setTimeout(resolve, 1));
    await settled();
    if (Date.now() > deadline) {
      world.faults.push("a call never ends");
      break;
    }
  }
  await world.check();
  return world;
}

trial(
  "a result from before a change is neither served nor kept after it, and every call ends, in any order of steps",
  { kind: "histories", short: 600, long: 10_000 },
  fc.asyncProperty(variant, commands, choices, async (of, all, chosen) => {
    const { faults, story } = await play(of, all, chosen);
    if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${story.join("\n")}`);
  }),
);
