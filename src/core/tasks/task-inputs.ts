import { InvalidArgumentError } from "../../errors/index.ts";
import type { CacheKeyContext, CacheKeyFlow, CacheKeyTask } from "../keys/cache-policy.ts";
import { isPlainObject } from "../support/is-plain-object.ts";
import { randomId } from "../support/random-id.ts";

/** The arguments of a call of a flow or a task, by name. */
export interface Inputs {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether they are the properties of a single argument. */
  readonly isSpread: boolean;
}

/** Names the inputs by the properties of a single plain object, else by `parameters`, else by position. */
export function describeInputs(args: readonly unknown[], parameters: readonly string[]): Inputs {
  const [only] = args;
  if (args.length === 1 && isPlainObject(only)) return { inputs: only, isSpread: true };
  return { inputs: Object.fromEntries(args.map((arg, i) => [parameters[i] ?? `${i}`, arg])), isSpread: false };
}

/** The description of a call before it runs. Ids are created at first use, since most keys don't contain them. */
export class CallDescription<Args extends readonly unknown[] = readonly unknown[]> implements CacheKeyContext<Args> {
  readonly task: CacheKeyTask;
  readonly args: Args;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly isSpread: boolean;
  readonly flow: CacheKeyFlow | undefined;
  #taskRunId: string | undefined;

  constructor(task: CacheKeyTask, args: Args, { inputs, isSpread }: Inputs, flow: CacheKeyFlow | undefined) {
    this.task = task;
    this.args = args;
    this.inputs = inputs;
    this.isSpread = isSpread;
    this.flow = flow;
  }

  get taskRunId(): string {
    return (this.#taskRunId ??= randomId());
  }

  get runId(): string {
    return this.flow?.id ?? this.taskRunId;
  }
}

export function describeCall<Args extends readonly unknown[]>(
  task: CacheKeyTask,
  args: Args,
  parameters: readonly string[],
  flow?: CacheKeyFlow,
): CallDescription<Args> {
  return new CallDescription(task, args, describeInputs(args, parameters), flow);
}

/** Throws `InvalidArgumentError` if two arguments could get the same name. */
export function assertParameters(parameters: readonly string[]): void {
  const areNames =
    Array.isArray(parameters) && parameters.every((name) => typeof name === "string" && !/^\d*$/.test(name));
  if (!areNames || new Set(parameters).size < parameters.length) {
    throw new InvalidArgumentError(
      'parameters has to be the names of the arguments, such as ["city", "minutes"], each different and no number',
    );
  }
}
