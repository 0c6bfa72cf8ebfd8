import * as fc from "fast-check";
import { covers, type InvalidationMode, type InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { isRepriseError } from "../../../src/errors/index.ts";
import { put, stateOf } from "../../../src/testing/storages/storage-scene.ts";

const keys = ["maps/a", "maps/b", "other"];
/** Each key's records have always the same tags, so that the model knows those of a computation. */
const tagsOf: Record<string, string[]> = { "maps/a": ["x"], "maps/b": ["x", "y"], other: [] };

type Step =
  | { readonly kind: "begin"; readonly key: string; readonly replaces: boolean }
  | { readonly kind: "keep"; readonly pick: number }
  | { readonly kind: "write"; readonly key: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "deleteMany"; readonly keys: readonly string[] }
  | { readonly kind: "clear" }
  | { readonly kind: "invalidate"; readonly target: InvalidationTarget; readonly mode: InvalidationMode };

const key = fc.constantFrom(...keys);
const target: fc.Arbitrary<InvalidationTarget> = fc.oneof(
  fc.record({ keys: fc.subarray(keys, { minLength: 1 }) }),
  fc.constantFrom({ prefix: "maps/" }, { prefix: "o" }),
  fc.record({ tags: fc.subarray(["x", "y"], { minLength: 1 }) }),
  fc.constant("all" as const),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("begin" as const), key, replaces: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("keep" as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("write" as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  fc.record({ kind: fc.constant("deleteMany" as const), keys: fc.subarray(keys) }),
  fc.record({ kind: fc.constant("clear" as const) }),
  fc.record({
    kind: fc.constant("invalidate" as const),
    target,
    mode: fc.constantFrom("delete" as const, "expire" as const),
  }),
);

/** Steps that are taken at once, one batch after the other. */
export const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 12 });

interface Computation {
  readonly id: number;
  readonly key: string;
}

/** A step with what it needs, decided before the batch begins. */
type Call = Step & { readonly id: number; readonly computation?: Computation | undefined };

/** What the promises say, in the simplest words. */
class Model {
  /** By key: which write made the record, and whether it has expired. */
  readonly records: ReadonlyMap<string, { readonly id: string; readonly isExpired: boolean }>;
  /** By the number of the computation: the record that it found. Absent: refused. */
  readonly begun: ReadonlyMap<number, string | undefined>;

  constructor(records: Model["records"] = new Map(), begun: Model["begun"] = new Map()) {
    this.records = records;
    this.begun = begun;
  }

  /** The model after the call, and whether the call succeeds. */
  after(call: Call, keyOf: ReadonlyMap<number, string>): [Model, boolean] {
    const [records, begun] = [new Map(this.records), new Map(this.begun)];
    const next = new Model(records, begun);
    const refuse = (covered: InvalidationTarget) => {
      for (const id of begun.keys()) if (covers(covered, keyOf.get(id)!, tagsOf[keyOf.get(id)!])) begun.delete(id);
    };
    const change = (covered: InvalidationTarget, mode: InvalidationMode) => {
      refuse(covered);
      for (const [each, record] of this.records) {
        if (!covers(covered, each, tagsOf[each])) continue;
        if (mode === "delete") records.delete(each);
        else if (!record.isExpired) records.set(each, { id: `${record.id}, expired by ${call.id}`, isExpired: true });
      }
    };
    if (call.kind === "begin") {
      if (call.replaces) refuse({ keys: [call.key] });
      begun.set(call.id, records.get(call.key)?.id);
    } else if (call.kind === "write") records.set(call.key, { id: String(call.id), isExpired: false });
    else if (call.kind === "keep") {
      if (!call.computation) return [next, true];
      const { id, key: own } = call.computation;
      const found = records.get(own)?.id;
      if (!begun.has(id) || (found !== undefined && found !== begun.get(id))) return [next, false];
      records.set(own, { id: String(call.id), isExpired: false });
    } else if (call.kind === "invalidate") change(call.target, call.mode);
    else if (call.kind === "clear") change("all", "delete");
    else change({ keys: call.kind === "delete" ? [call.key] : call.keys }, "delete");
    return [next, true];
  }

  /** How each key stands. */
  get states(): string[] {
    return keys.map((each) => {
      const record = this.records.get(each);
      return record ? (record.isExpired ? "expired" : "fresh") : "gone";
    });
  }
}

/** Takes the steps, and checks after each batch that some order of its calls explains what they did. Rejects if none does. */
export async function checkAgainstModel(
  storages: readonly ResultStorage[],
  all: readonly (readonly Step[])[],
): Promise<void> {
  const began: (Computation & { readonly since: string })[] = [];
  const keyOf = new Map<number, string>();
  let models = [new Model()];
  let calls = 0;
  for (const batch of all) {
    const numbered = batch.map((each): Call => {
      const computation = each.kind === "keep" ? began[each.pick % Math.max(began.length, 1)] : undefined;
      return { ...each, id: ++calls, computation };
    });
    const outcomes = await Promise.all(
      numbered.map(async (call) => {
        const storage = storages[call.id % storages.length]!;
        if (call.kind === "begin") keyOf.set(call.id, call.key);
        try {
          const since = await take(storage, call);
          if (since !== undefined && call.kind === "begin") began.push({ id: call.id, key: call.key, since });
          return true;
        } catch (error) {
          if (isRepriseError(error) && error.code === "INVALIDATED") return false;
          throw error;
        }
      }),
    );
    const states = await Promise.all(keys.map((each) => stateOf(storages[0]!, each)));
    const orders = permutations(numbered.map((_, index) => index));
    models = models
      .flatMap((model) => orders.flatMap((order) => follow(model, order, numbered, outcomes, keyOf) ?? []))
      .filter((model) => String(model.states) === String(states));
    models = [
      ...new Map(models.map((model) => [JSON.stringify([[...model.records], [...model.begun]]), model])).values(),
    ];
    if (models.length === 0) {
      const seen = numbered.map(({ kind, id }, index) => `${kind} ${id}: ${outcomes[index] ? "done" : "refused"}`);
      throw new Error(`no order explains ${seen.join(", ")} and then ${states.join(", ")}`);
    }
  }
}

function follow(
  start: Model,
  order: readonly number[],
  calls: readonly Call[],
  outcomes: readonly boolean[],
  keyOf: ReadonlyMap<number, string>,
): Model | undefined {
  let model = start;
  for (const index of order) {
    const [next, isDone] = model.after(calls[index]!, keyOf);
    if (isDone !== outcomes[index]) return undefined;
    model = next;
  }
  return model;
}

async function take(storage: ResultStorage, call: Call): Promise<string | undefined> {
  const now = Date.now();
  if (call.kind === "begin") return storage.begin!(call.key, { replaces: call.replaces });
  if (call.kind === "write") await put(storage, call.key, { tags: tagsOf[call.key] });
  else if (call.kind === "delete") await storage.delete(call.key);
  else if (call.kind === "deleteMany")
    await (storage.deleteMany?.(call.keys) ?? Promise.all(call.keys.map((each) => storage.delete(each)))); // prettier-ignore
  else if (call.kind === "clear") await storage.clear!();
  else if (call.kind === "invalidate") await storage.invalidate!(call.target, { mode: call.mode, now });
  else if (call.computation) {
    const { key: own, since } = call.computation as Computation & { since: string };
    await put(storage, own, { tags: tagsOf[own], since });
  }
  return undefined;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
