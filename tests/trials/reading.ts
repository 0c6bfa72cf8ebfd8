import { isRepriseError } from "../../src/errors/index.ts";

/** Milliseconds that a reader may take for one input. */
export const patience = 1_000;

/** One way to read bytes, and the codes of the errors that it may end with. */
export interface HostileReading {
  readonly read: (bytes: Uint8Array) => unknown;
  readonly codes: RegExp;
  /** Instead of a second. */
  readonly patience?: number;
}

/** The value that was read, or the code of the error instead. */
export type Reading = { readonly value: unknown } | { readonly code: string };

/**
 * Reads bytes, and throws if the reader breaks a promise: to end in time, in a value or a typed error, and to
 * change neither the bytes nor anything that all objects share.
 */
export async function readHostile(
  { read, codes, patience: most = patience }: HostileReading,
  bytes: Uint8Array,
): Promise<Reading> {
  const before = [shared(), sumOf(bytes)].join();
  const started = performance.now();
  const reading = await outcomeOf(() => read(bytes));
  const took = performance.now() - started;
  if ([shared(), sumOf(bytes)].join() !== before) throw new Error("The reader changed its input, or a prototype");
  // another program may have had the processor the first time
  if (took > most && (await timeOf(() => read(bytes))) > most) throw new Error(`Reading took ${took} ms`);
  if ("code" in reading && !codes.test(reading.code)) throw new Error(`The error has the code ${reading.code}`);
  return reading;
}

async function outcomeOf(read: () => unknown): Promise<Reading> {
  try {
    return { value: await read() };
  } catch (error) {
    if (isRepriseError(error)) return { code: error.code };
    throw new Error(`The reader threw ${String(error)}`, { cause: error });
  }
}

async function timeOf(read: () => unknown): Promise<number> {
  const started = performance.now();
  await outcomeOf(read);
  return performance.now() - started;
}

const prototypes = [Object, Array, Function, Error, Map, Set, Date, RegExp, String, Promise, Uint8Array].map(
  ({ prototype }) => prototype as object,
);

/** A count of the names that all objects see, with the setting that the reader of errors changes for a moment. */
function shared(): string {
  const counts = [...prototypes, Object, globalThis].map((each) => Reflect.ownKeys(each).length);
  return `${counts.join()} ${String(Reflect.get(Error, "stackTraceLimit"))}`;
}

/** A sum that each single change of a byte changes. */
function sumOf(bytes: Uint8Array): number {
  let sum = bytes.length;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}
