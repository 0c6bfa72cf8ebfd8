import { ConfigurationError, HashError, InvalidArgumentError } from "../../errors/index.ts";
import {
  assertConfiguration,
  type CachePolicyConfiguration,
  configurationOf,
  mergeConfigurations,
} from "./cache-policy-configuration.ts";
import { isNativeFunction } from "./canonical-parts.ts";
import { hashTextSync, hashValue } from "./hash.ts";
import type { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultStorageInput } from "../storages/storage-registry.ts";

export type { CachePolicyConfiguration };

/** The call for which a policy makes a key. */
export interface CacheKeyContext<Args extends readonly unknown[] = readonly unknown[]> {
  /** The task that is called. */
  readonly task: CacheKeyTask;
  /** The arguments of the call, in order. */
  readonly args: Args;
  /** The arguments by name, see `TaskOptions.parameters`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether the inputs are the properties of a single argument. */
  readonly isSpread: boolean;
  /** The run of the surrounding flow, if there is one. */
  readonly flow?: CacheKeyFlow | undefined;
  /** The id of the flow's run, else of the task's own: 32 hex digits. */
  readonly runId: string;
  /** The id of the task's own run. */
  readonly taskRunId: string;
}

/** The surrounding flow of a call. */
export interface CacheKeyFlow {
  /** The id of the flow's run: 32 hex digits. */
  readonly id: string;
  /** The name of the flow. */
  readonly name: string;
  /** The arguments of the flow, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The task for which a policy makes a key. */
export interface CacheKeyTask {
  /** The name of the task. Keys of a policy begin with it and a slash. */
  readonly name: string;
  /** The `version` of the task. Absent: the text of the function counts instead. */
  readonly version?: string | undefined;
  /** The wrapped function. */
  readonly fn: (...args: never) => unknown;
}

/** A policy's part of the key, or `undefined` if it has none. */
export type CacheKey = string | undefined | Promise<string | undefined>;

/**
 * Makes the key of a task's result: calls with the same key share a result. Extend it for a policy of your own. For a
 * single task, a `cacheKeyFn` is shorter.
 *
 * @example
 * ```ts
 * const policy = INPUTS.minus("signal").plus(TASK_SOURCE);
 * ```
 */
export abstract class CachePolicy {
  /** The storage for the records' metadata, apart from the results, or the registered name of one. */
  readonly keyStorage: ResultStorageInput | undefined;
  /** Replaces the store's lock manager. */
  readonly lockManager: ResultLockManager | undefined;
  /** The isolation level of the transaction around each call. */
  readonly isolationLevel: IsolationLevel | undefined;

  constructor({ keyStorage, lockManager, isolationLevel }: CachePolicyConfiguration = {}) {
    this.keyStorage = keyStorage;
    this.lockManager = lockManager;
    this.isolationLevel = isolationLevel;
  }

  /** May return a promise. Without a key (`undefined`) the call is not cached. */
  abstract computeKey(context: CacheKeyContext): CacheKey;

  /** Combines two policies: a key changes if either part does. A part without a key is left out; excluded inputs stay excluded. */
  plus(other: CachePolicy): CachePolicy {
    assertPolicy(other);
    return other === NO_CACHE ? this : combine(this, other);
  }

  /** The same policy without the input of this name. Names add up. Of the built-in policies, only `INPUTS` uses inputs. */
  minus(name: string): CachePolicy {
    if (typeof name !== "string")
      throw new InvalidArgumentError(`minus takes the name of an input; got ${typeof name}`);
    return this;
  }

  /**
   * The same keys, with storage, locks and isolation level overridden. Throws `ConfigurationError` for invalid parts. The
   * registered name of a storage is resolved at the first call.
   */
  configure(configuration: CachePolicyConfiguration): CachePolicy {
    assertConfiguration(configuration);
    return new ConfiguredPolicy(this, { ...configurationOf(this), ...configurationOf(configuration) });
  }
}

/** Throws `ConfigurationError` unless `policy` is a cache policy. */
export function assertPolicy(policy: unknown): asserts policy is CachePolicy {
  if (typeof (policy as CachePolicy | undefined)?.computeKey !== "function") {
    throw new ConfigurationError("A cache policy has to be one such as INPUTS, or of a class that extends CachePolicy");
  }
}

/** The name of the source among the parts of a key. */
export const sourcePart = "()";

class InputsPolicy extends CachePolicy {
  readonly excluded: readonly string[];

  constructor(excluded: readonly string[] = []) {
    super();
    this.excluded = excluded;
  }

  override computeKey({ inputs, isSpread }: CacheKeyContext): CacheKey {
    // f() has no inputs and so no key; f({}) has inputs, which are empty
    if (!isSpread && Object.keys(inputs).length === 0) return undefined;
    // f({ a: 1 }) and f(1) may have the same input names
    return hashValue(this.kept(inputs), isSpread ? "" : "arguments:");
  }

  kept(inputs: CacheKeyContext["inputs"]): CacheKeyContext["inputs"] {
    if (this.excluded.length === 0) return inputs;
    const kept = { ...inputs };
    for (const name of this.excluded) delete kept[name];
    return kept;
  }

  override minus(name: string): InputsPolicy {
    super.minus(name);
    return new InputsPolicy([...this.excluded, name]);
  }
}

class TaskSourcePolicy extends CachePolicy {
  readonly partName = sourcePart;
  readonly #keys = new WeakMap<CacheKeyTask, string>();

  override computeKey({ task }: CacheKeyContext): string {
    let key = this.#keys.get(task);
    if (key === undefined) this.#keys.set(task, (key = hashSource(task)));
    return key;
  }
}

/** JSON escapes lone surrogates, which a digest can't tell apart. */
function hashSource({ name, version, fn }: CacheKeyTask): string {
  if (version !== undefined) return hashTextSync(`version:${JSON.stringify(version)}`);
  if (isNativeFunction(fn)) {
    throw new ConfigurationError(
      `The source of "${name}" can't be seen, as it is native or bound: give the task a version`,
    );
  }
  return hashTextSync(`source:${JSON.stringify(Function.prototype.toString.call(fn))}`);
}

class RunIdPolicy extends CachePolicy {
  readonly partName = "run()";

  override computeKey({ runId }: CacheKeyContext): string {
    return runId;
  }
}

class FlowParametersPolicy extends CachePolicy {
  readonly partName = "flow()";

  override computeKey({ flow }: CacheKeyContext): CacheKey {
    if (!flow || Object.keys(flow.parameters).length === 0) return undefined;
    const advice = "give the task a policy without FLOW_PARAMETERS, or a cacheKeyFn";
    return hashPart(flow.parameters, "flow:", `The parameters of the flow "${flow.name}"`, advice);
  }
}

/** The values that a task's function takes from around it, as they are at the call. */
export class CapturesPolicy extends CachePolicy {
  readonly partName = "captures()";
  readonly #captures: () => unknown;

  constructor(captures: () => unknown) {
    super();
    this.#captures = captures;
  }

  override computeKey({ task }: CacheKeyContext): CacheKey {
    const advice = "return values that have one, or give the task a cacheKeyFn";
    return hashPart(this.#captures(), "captures:", `The captures of the task "${task.name}"`, advice);
  }
}

/** Throws `HashError` with the advice that helps. That of `hashValue` is for inputs. */
function hashPart(value: unknown, label: string, what: string, advice: string): string | Promise<string> {
  try {
    return hashValue(value, label);
  } catch (error) {
    if (!(error instanceof HashError)) throw error;
    const { path = "$" } = error;
    throw new HashError(`${what} have no stable hash, because of the one at ${path}: ${advice}`, {
      path: error.path,
      cause: error,
    });
  }
}

/** Whether tasks of the same name and text have the same keys under the policy. A policy of the user's may tell them apart. */
export function isBuiltIn(policy: CachePolicy): boolean {
  if (policy instanceof ConfiguredPolicy) return isBuiltIn(policy.keys);
  if (policy instanceof CompoundPolicy) return policy.parts.every(isBuiltIn);
  return policy instanceof InputsPolicy || [TASK_SOURCE, FLOW_PARAMETERS, RUN_ID].includes(policy);
}

/** The parts of a key by name: each input, and one for each other policy, such as `"()"` for the source. */
export function partsOf(policy: CachePolicy, context: CacheKeyContext): (readonly [name: string, part: unknown])[] {
  if (policy instanceof ConfiguredPolicy) return partsOf(policy.keys, context);
  if (policy instanceof CompoundPolicy) return policy.parts.flatMap((part) => partsOf(part, context));
  if (policy instanceof InputsPolicy) return Object.entries(policy.kept(context.inputs));
  const { partName = "policy()" } = policy as { readonly partName?: string };
  return [[partName, policy.computeKey(context)]];
}

/** The keys of another policy, with a configuration of its own. */
class ConfiguredPolicy extends CachePolicy {
  readonly keys: CachePolicy;

  constructor(keys: CachePolicy, configuration: CachePolicyConfiguration) {
    super(configuration);
    this.keys = keys instanceof ConfiguredPolicy ? keys.keys : keys;
  }

  override computeKey(context: CacheKeyContext): CacheKey {
    return this.keys.computeKey(context);
  }

  override minus(name: string): CachePolicy {
    return new ConfiguredPolicy(this.keys.minus(name), configurationOf(this));
  }
}

class NoCachePolicy extends CachePolicy {
  override computeKey(): undefined {
    return undefined;
  }

  override configure(configuration: CachePolicyConfiguration): this {
    assertConfiguration(configuration);
    return this;
  }

  override plus(other: CachePolicy): CachePolicy {
    assertPolicy(other);
    return other;
  }
}

class CompoundPolicy extends CachePolicy {
  readonly parts: readonly CachePolicy[];

  constructor(policies: readonly CachePolicy[]) {
    super();
    this.parts = mergeInputs(policies.flatMap((policy) => (policy instanceof CompoundPolicy ? policy.parts : policy)));
  }

  override computeKey(context: CacheKeyContext): CacheKey {
    return this.#computeRest(context, []);
  }

  /** Waits only if a part is a promise: most keys are available at once. */
  #computeRest(context: CacheKeyContext, keys: (string | undefined)[]): CacheKey {
    for (let i = keys.length; i < this.parts.length; i++) {
      const key = this.parts[i]!.computeKey(context);
      if (typeof key === "object" && key !== null) {
        return Promise.resolve(key).then((found) => this.#computeRest(context, [...keys, assertKey(found)]));
      }
      keys.push(assertKey(key));
    }
    return joinKeys(keys);
  }

  override minus(name: string): CompoundPolicy {
    return new CompoundPolicy(this.parts.map((part) => part.minus(name)));
  }
}

/** A policy with the keys and the configuration of both. */
function combine(one: CachePolicy, other: CachePolicy): CachePolicy {
  const keysOf = (policy: CachePolicy) => (policy instanceof ConfiguredPolicy ? policy.keys : policy);
  const keys = new CompoundPolicy([keysOf(one), keysOf(other)]);
  const configuration = mergeConfigurations(configurationOf(one), configurationOf(other));
  return Object.keys(configuration).length === 0 ? keys : new ConfiguredPolicy(keys, configuration);
}

/** Throws `InvalidArgumentError` for values that are no key, which a user's policy may return by mistake. */
function assertKey(key: unknown): string | undefined {
  if (typeof key === "string" || key === undefined) return key;
  throw new InvalidArgumentError(
    `computeKey has to give a string, or undefined for none; got ${key === null ? "null" : typeof key}`,
  );
}

/** A missing key keeps its place, so that texts of different policies don't collide. */
function joinKeys(keys: readonly (string | undefined)[]): CacheKey {
  if (keys.every((key) => key === undefined)) return undefined;
  const areAmbiguous = keys.some((key) => key === "" || key?.includes("."));
  return areAmbiguous ? hashTextSync(JSON.stringify(keys)) : keys.join(".");
}

/** Merges all policies on inputs into one that excludes the inputs that any of them excludes. */
function mergeInputs(policies: readonly CachePolicy[]): readonly CachePolicy[] {
  const inputs = policies.filter((policy) => policy instanceof InputsPolicy);
  if (inputs.length < 2) return policies;
  const merged = new InputsPolicy(inputs.flatMap(({ excluded }) => excluded));
  return [merged, ...policies.filter((policy) => !(policy instanceof InputsPolicy))];
}

/** The task's inputs. A call without inputs has no key. Their order does not matter; see `hashValue` for equality. */
export const INPUTS: CachePolicy = /* @__PURE__ */ new InputsPolicy();

/**
 * The task's `version`, else the text of its function. The text differs between a source file and a minified bundle, and
 * doesn't show which functions it calls. With a `version`, you decide when results change.
 * Native and bound functions have no text: `ConfigurationError`.
 */
export const TASK_SOURCE: CachePolicy = /* @__PURE__ */ new TaskSourcePolicy();

/** The parameters of the surrounding flow. Without a flow or without parameters, there is no key. */
export const FLOW_PARAMETERS: CachePolicy = /* @__PURE__ */ new FlowParametersPolicy();

/** The run of the surrounding flow, else the task's own run, which is unique. So results are reused only within a run. */
export const RUN_ID: CachePolicy = /* @__PURE__ */ new RunIdPolicy();

/** Never makes a key, so the task runs each time. Adds nothing to another policy. */
export const NO_CACHE: CachePolicy = /* @__PURE__ */ new NoCachePolicy();

/** `INPUTS` and `TASK_SOURCE`: a result is reused for the same inputs until the code changes. */
export const DEFAULT_POLICY: CachePolicy = /* @__PURE__ */ new CompoundPolicy([INPUTS, TASK_SOURCE]);
