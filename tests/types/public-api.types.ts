// What users' TypeScript sees, as a user's module. `public-api.test.ts` compiles it against the built package.
import {
  createResultStore,
  getOrComputeMany,
  type GetOrComputeOptions,
  type Invalidation,
  isRepriseError,
  type LockGrant,
  type ResultRecord,
  type ResultRecordMetadata,
  type ResultStorage,
  type ResultStore,
  type Serializer,
  type StandardSchema,
  type StoreEvent,
  type Task,
  task,
  type TaskOptions,
} from "reprise";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only where the two types are the same. */
function same<A, B>(..._proof: Same<A, B> extends true ? [] : [never]): void {}

/** A storage of a user's own needs no more than this. */
class LeastStorage implements ResultStorage {
  readonly type = "least";
  readonly capabilities = { consistency: "strong", conditionalWrites: false } as const;
  read = async (key: string) => (key === "" ? undefined : { bytes: new Uint8Array(), etag: "1" });
  write = async (_key: string, _bytes: Uint8Array, { metadata }: { metadata: ResultRecordMetadata }) => ({
    etag: metadata.storageKey,
  });
  delete = async (_key: string) => false;
}

const upperCase: Serializer = {
  type: "upper-case",
  dumps: (value) => new TextEncoder().encode(String(value).toUpperCase()),
  loads: (bytes) => new TextDecoder().decode(bytes),
};

const store = createResultStore({
  resultStorage: new LeastStorage(),
  serializer: upperCase,
  cacheResultInMemory: false,
});
same<typeof store, ResultStore>();

export async function results(): Promise<void> {
  const computed = await store.getOrCompute("key", async ({ key, holder, signal }) => {
    same<typeof key, string>();
    same<typeof holder, string>();
    same<typeof signal, AbortSignal>();
    return { rows: [1] };
  });
  same<typeof computed, { rows: number[] }>();
  const atOnce = await store.getOrCompute("key", () => 1, { expiresIn: "5m", acquireTimeout: 1_000 });
  same<typeof atOnce, number>();
  const sized = await store.getOrCompute("key", async ({ key }) => ({ size: key.length }), {
    expiresIn: ({ size }) => (size > 1 ? "5m" : undefined),
    tags: ({ size }) => [`size-${size}`],
    keep: (value) => {
      same<typeof value, { size: number }>();
      return true;
    },
  });
  same<typeof sized, { size: number }>();
  const length = {
    "~standard": { version: 1, vendor: "own", validate: (text: unknown) => ({ value: String(text).length }) },
  } as const;
  const measured = await store.getOrCompute("key", () => "text", { schema: length, tags: (text) => [text.trim()] });
  same<typeof measured, number>();
  const answer = await store.answer("key", () => "text", { schema: length });
  same<typeof answer.value, number>();
  const many = await getOrComputeMany(store, ["key"], () => ["text"], { schema: length, keep: (text) => text !== "" });
  same<typeof many, number[]>();
  const measure = task((text: string) => text, { schema: length, tags: (text) => [text.trim()] });
  same<typeof measure, Task<[text: string], number, string>>();
  same<ReturnType<typeof measure>, Promise<number>>();
  const shouted = measure.withOptions({ name: "shout", keep: (text) => text !== "" });
  same<typeof shouted, typeof measure>();
  const anySchema: StandardSchema = length;
  const unmeasured = await store.getOrCompute("key", () => "text", { schema: anySchema });
  same<typeof unmeasured, string>();
  const options: GetOrComputeOptions = { expiresIn: "5m", keep: (value) => value !== null };
  same<Awaited<ReturnType<typeof store.getOrCompute<number>>>, number>();
  await store.getOrCompute("key", () => 1, options);

  const record = await store.read("key");
  same<typeof record, ResultRecord | undefined>();
  same<NonNullable<typeof record>["result"], unknown>();
  const own = store.createResultRecord(new Map([["a", 1]]), { expiration: new Date() });
  same<typeof own.result, Map<string, number>>();
  same<typeof own.metadata.expiration, Date | undefined>();
}

export async function tasks(): Promise<void> {
  const area = task(async (width: number, unit: "m" | "km") => ({ area: width ** 2, unit }), { cacheExpiration: "1d" });
  const made = await area(2, "km");
  same<typeof made, { area: number; unit: "m" | "km" }>();
  // @ts-expect-error the inputs are the function's own
  await area("2", "km");

  const kept = task((width: number) => ({ area: width ** 2 }), {
    cacheExpiration: (value) => (value.area > 9 ? "1d" : undefined),
    tags: (value) => [`area-${value.area}`],
    keep: (value) => {
      same<typeof value, { area: number }>();
      return value.area > 1;
    },
    staleIfError: "1h",
  });
  same<typeof kept, Task<[width: number], { area: number }>>();
  kept.withOptions({ keep: ({ area: it }) => it > 1 });
  // @ts-expect-error the result has no such property
  task((width: number) => ({ area: width ** 2 }), { keep: ({ volume }) => volume > 1 });
  // one object of options fits every task, and tasks of different results fit into one list
  const shared: TaskOptions = { tags: (value) => [typeof value], cacheExpiration: "1d" };
  const several: Task<[number], unknown>[] = [kept, task((x: number) => String(x), shared)];
  await several[0]!.invalidateAll({ mode: "expire" });
  await kept.invalidate([2], { scope: "local" });
  // @ts-expect-error the arguments are in an array
  await kept.invalidate(2);

  const explanation = await kept.explain([2]);
  if (explanation.state === "changed") same<typeof explanation.nearest.changed, readonly string[]>();
  if (explanation.state === "invalidated") same<typeof explanation.invalidation, Invalidation>();
  if (explanation.state === "hit") same<typeof explanation.createdAt, Date>();
}

export async function locks(): Promise<void> {
  const grant = await store.acquireLock("key", { holdTimeout: "30s" });
  same<typeof grant, LockGrant | undefined>();
  const held = await store.withLock("key", ({ token }) => token);
  same<typeof held, number>();
}

export function events(event: StoreEvent): string | undefined {
  if (event.type === "miss") return event.reason;
  if (event.type !== "done") return undefined;
  same<typeof event.duration, number>();
  return event.source;
}

export function errors(error: unknown): string | undefined {
  return isRepriseError(error) ? error.code : undefined;
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error a record's key comes first
  await store.write({ rows: 1 });
  // @ts-expect-error only an absent record can be asked for
  await store.write("key", 1, { ifNoneMatch: "etag" });
  // @ts-expect-error a lock is released by its holder alone
  await store.releaseLock("key");
  // @ts-expect-error a storage has to read
  createResultStore({ resultStorage: { type: "none", capabilities: new LeastStorage().capabilities } });
  // @ts-expect-error there is no such option
  createResultStore({ serialiser: "json" });
}
