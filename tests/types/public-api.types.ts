// What users' TypeScript sees, as a user's module. `public-api.test.ts` compiles it against the built package.
import {
  type AnyRepriseError,
  createResultStore,
  flow,
  type Flow,
  getOrComputeMany,
  type GetOrComputeOptions,
  type Invalidation,
  isRepriseError,
  type LockGrant,
  ResultRecord,
  type ResultRecordMetadata,
  type ResultStorage,
  type ResultStore,
  type ResultTimeoutError,
  type Serializer,
  type StaleLockError,
  type StandardSchema,
  type StoreEvent,
  readParameters,
  type Task,
  task,
  type TaskOptions,
  transaction,
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

const count = {
  "~standard": { version: 1, vendor: "own", validate: (list: unknown) => ({ value: (list as unknown[]).length }) },
} as const;

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

  // the type that the caller expects must not become the type of the result
  // @ts-expect-error a number
  const text: string = await store.getOrCompute("key", () => 1);
  // @ts-expect-error an object without a name
  const named: { id: number; name: string } = await store.getOrCompute("key", () => ({ id: 1 }));
  // @ts-expect-error numbers
  const texts: string[] = await getOrComputeMany(store, ["key"], () => [1]);
  // @ts-expect-error a number
  const told: { value: string } = await store.answer("key", () => 1);
  const literal: "a" | "b" = await store.getOrCompute("key", () => "a" as const);
  void [text, named, texts, told, literal];

  const record = await store.read("key");
  same<typeof record, ResultRecord | undefined>();
  same<NonNullable<typeof record>["result"], unknown>();
  const report = await store.read<{ total: number }>("key");
  same<typeof report, ResultRecord<{ total: number }> | undefined>();
  const checked = await store.read("key", { schema: length, wait: false });
  same<typeof checked, ResultRecord<number> | undefined>();
  const loosely = await store.read("key", { schema: anySchema });
  same<typeof loosely, ResultRecord | undefined>();
  const [first] = await store.readMany<string>(["key"]);
  same<typeof first, ResultRecord<string> | undefined>();
  const written = await store.write("key", new Set([1]), { expiresIn: "1h" });
  same<typeof written.result, Set<number>>();
  const copied = await ResultRecord.deserialize<Set<number>>(await written.serialize());
  same<typeof copied.result, Set<number>>();
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

  // @ts-expect-error the task gives numbers
  const misread: (width: number) => Promise<string> = task(async (width: number) => width, { name: "misread" });
  void misread;
  const helped = task(
    Object.assign(async (width: number) => width, { helper: 1 }),
    { name: "helped" },
  );
  // @ts-expect-error the task hasn't the members of its function
  void helped.helper;

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

declare function parse(text: string): number;
declare function parse(bytes: Uint8Array): Promise<Date>;

declare function load(id: number): Promise<{ id: number }>;
declare function load(name: string): Promise<{ name: string }>;

export async function signatures(): Promise<void> {
  const twice = task(async <T>(x: T) => [x, x] as const, { keep: (pair) => pair.length === 2 });
  const pair = await twice("a" as const);
  same<typeof pair, readonly ["a", "a"]>();
  same<Awaited<ReturnType<typeof twice.cacheKey>>, string | undefined>();
  const named = twice.withOptions({ name: "twice" });
  same<typeof named, typeof twice>();
  const counted = twice.withOptions({ schema: count });
  same<ReturnType<typeof counted>, Promise<number>>();
  const bounded = task(async <T extends { id: number }>(row: T, depth = 1) => ({ row, depth }));
  same<Awaited<ReturnType<typeof bounded<{ id: 1; name: string }>>>["row"]["name"], string>();
  // @ts-expect-error the row has an id
  await bounded({ name: "a" });

  const loaded = task(load, { name: "load" });
  const byId = await loaded(1);
  same<typeof byId, { id: number }>();
  const byName = await loaded("a");
  same<typeof byName, { name: string }>();
  await loaded.invalidate(["a"]);
  // @ts-expect-error there is no such overload
  await loaded(true);

  // an overload that is not async becomes async
  const parsed = task(parse);
  const number = parsed("1");
  same<typeof number, Promise<number>>();
  const time = parsed(new Uint8Array());
  same<typeof time, Promise<Date>>();

  // a generic function that is not async loses its type parameters
  const wrapped = task(<T>(x: T) => ({ x }));
  same<typeof wrapped, Task<[x: unknown], { x: unknown }>>();
  const optional = task(async (x?: number, ...rest: string[]) => rest.at(x ?? 0));
  same<typeof optional, Task<[x?: number | undefined, ...rest: string[]], string | undefined>>();
  const all: Task<never, unknown>[] = [twice, bounded, loaded, parsed, wrapped, optional];
  await all[0]?.invalidateAll();

  const staged = await transaction({ key: "key" }, async (txn) => {
    same<Awaited<ReturnType<typeof txn.read<number>>>, ResultRecord<number> | undefined>();
    return txn.run(() => twice("a"));
  });
  same<typeof staged, readonly [string, string]>();

  const report = flow(async <T>(rows: T[]) => rows.at(0), { name: "report" });
  const row = await report([{ id: 1 }]);
  same<typeof row, { id: number } | undefined>();
  const loading = flow(load).withOptions({ name: "loading" });
  same<Awaited<ReturnType<typeof loading>>, { name: string }>();
  const year = flow((date: Date) => date.getFullYear());
  same<typeof year, Flow<[date: Date], number>>();
}

/** Declarations of a user's library can name all of these types. */
export const generic = task(async <T>(x: T) => x);
export const overloaded = task(load);
export const schemed = task((list: string[]) => list, { schema: count });
export const genericFlow = flow(async <T>(x: T) => x);
export const parameters = readParameters<{ city: string }>(store, "nightly");

/** A helper of a user's around `task`. */
export function cached<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Promise<Result>,
): Task<Args, Awaited<Result>> {
  return task(fn, { cacheExpiration: "1d" });
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
  if (!isRepriseError(error)) return undefined;
  same<typeof error, AnyRepriseError>();
  if (error.code === "STALE_LOCK") same<typeof error, StaleLockError>();
  if (error.code === "RESULT_TIMEOUT") same<typeof error, ResultTimeoutError>();
  // @ts-expect-error no error has this code
  if (error.code === "STALE") return undefined;
  return error.code;
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
