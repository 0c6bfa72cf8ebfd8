import * as fc from "fast-check";
import { LockModel } from "./lock-model.ts";
import type { LockPromises, LockWorld } from "./lock-world.ts";

type Command = fc.AsyncCommand<LockModel, LockWorld>;
type Run<Args> = (model: LockModel, args: Args, world: LockWorld) => unknown;

export interface ScheduleOptions {
  readonly contexts: number;
  /** The longest lease and wait, in milliseconds. */
  readonly longest: number;
  readonly jumps?: boolean;
  readonly crashes?: boolean;
  readonly lostAnswers?: boolean;
}

function step<Args extends object>(name: string, args: fc.Arbitrary<Args>, run: Run<Args>): fc.Arbitrary<Command> {
  return args.map((given) => ({
    check: () => true,
    async run(model, world) {
      await run(model, given, world);
      await world.sleep(0);
      model.judge();
      if (model.faults.length > 0) throw new Error(model.faults.join("\n"));
    },
    toString: () => `${name} ${JSON.stringify(given)}`,
  }));
}

/** Random calls for one lock. */
export function lockCommands({
  contexts,
  longest,
  jumps,
  crashes,
  lostAnswers,
}: ScheduleOptions): fc.Arbitrary<Iterable<Command>> {
  const context = fc.nat({ max: contexts - 1 });
  // a holder belongs to one context
  const holder = fc.nat({ max: 3 }).map((n) => ({ name: `holder ${n}`, context: n % contexts }));
  const duration = fc.integer({ min: 1, max: longest });
  const maybe = fc.option(duration, { nil: undefined });
  const patience = fc.option(fc.integer({ min: 1, max: 8 * longest }), { nil: undefined });
  const acquireTimeout = fc.oneof({ weight: 3, arbitrary: patience }, { weight: 1, arbitrary: fc.constant(0) });
  const options = fc.record({ acquireTimeout, holdTimeout: maybe });
  const by = fc.integer({ min: -3 * longest, max: 3 * longest });
  const acquire = step("acquire", fc.record({ holder, options }), (model, given) =>
    model.acquire(given.holder.name, given.holder.context, given.options),
  );
  const commands = [
    // often, so that there is a queue
    acquire,
    acquire,
    acquire,
    step("release", fc.record({ holder }), (model, given) => model.release(given.holder.name, given.holder.context)),
    step("release what is held", fc.constant({}), (model) => model.releaseHeld()),
    step("renew", fc.record({ holder, time: duration }), (model, given) =>
      model.renew(given.holder.name, given.holder.context, given.time),
    ),
    step("wait", fc.record({ context, timeout: maybe }), (model, given) => model.wait(given.context, given.timeout)),
    step("abort", fc.record({ pick: fc.nat({ max: 9 }) }), (model, { pick }) => model.abort(pick)),
    step(
      "release what is held and abort in the same turn",
      fc.record({ pick: fc.nat({ max: 9 }) }),
      (model, { pick }) => {
        const released = model.releaseHeld();
        model.abort(pick);
        return released;
      },
    ),
    step("acquire and abort in the same turn", fc.record({ holder, options }), (model, given) => {
      model.acquire(given.holder.name, given.holder.context, given.options);
      model.abort(-1);
    }),
    step("look", fc.record({ context }), (model, given) => model.look(given.context)),
    step("sleep", fc.record({ time: fc.integer({ min: 1, max: 2 * longest }) }), (_, { time }, world) =>
      world.sleep(time),
    ),
    ...(jumps ? [step("jump", fc.record({ by }), (model, given) => model.jump(given.by))] : []),
    ...(lostAnswers ? [step("lose an answer", fc.constant({}), (model) => model.loseAnswer())] : []),
    ...(crashes ? [step("crash", fc.record({ context }), (model, given) => model.crash(given.context))] : []),
  ];
  return fc.commands(commands, { maxCommands: 30, size: "max" });
}

/** Takes the commands one by one. Rejects with what broke a promise. */
export async function runSchedule(
  commands: Iterable<Command>,
  world: LockWorld,
  promises?: LockPromises,
): Promise<void> {
  const model = new LockModel(world, promises);
  await fc.asyncModelRun(() => ({ model, real: world }), commands);
  await model.end();
  if (model.faults.length > 0) throw new Error(model.faults.join("\n"));
}
