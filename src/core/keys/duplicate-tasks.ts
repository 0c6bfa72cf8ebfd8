import { ConfigurationError } from "../../errors/index.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { CacheKeyTask } from "./cache-policy.ts";
import { hashTextSync } from "./hash.ts";

/** Where and when a task was created. */
interface Creation {
  /** The lines of the stack, up to a module loader. */
  readonly frames: readonly string[];
  /** Whether a loader was running a module. The browser's own loader can't be seen, and runs a module once for each address. */
  readonly isInModule: boolean;
  /** The number of the synchronous turn. */
  readonly turn: number;
}

interface KnownTask {
  /** Has the function of the task alone, and does not keep it in memory. Workers before May 2025 have no WeakRef. */
  readonly fns: WeakSet<CacheKeyTask["fn"]>;
  readonly creation: Creation;
}

type KnownTasks = Map<string, KnownTask>;

/** The functions of Node, Vite, Vitest, Jest, webpack, Turbopack and Metro that run a module, and may run it again. */
const loaders =
  /Module\._compile|runInlinedModule|_execModule|__webpack_require__|instantiateModule|loadModuleImplementation/;

const knownByStorage = new WeakMap<ResultStorage, KnownTasks>();
const knownByName = new Map<string, KnownTasks>();

/**
 * Returns a function that throws `ConfigurationError` if another task of the same name, version and text keeps its results
 * in the storage, since both would have the same keys. The same function is no other task, and neither is its copy in a
 * module that is evaluated again.
 */
export function createDuplicateCheck({ name, version, fn }: CacheKeyTask): (storage: ResultStorage) => void {
  const creation = findCreation();
  return (storage) => {
    const tasks = knownTasksOf(storage);
    const id = hashTextSync(JSON.stringify([name, version, Function.prototype.toString.call(fn)]));
    const known = tasks.get(id);
    if (known && !known.fns.has(fn) && !isEvaluatedAgain(known.creation, creation)) {
      throw new ConfigurationError(
        `Two tasks have the name "${name}" and the same text, and would share results. Create a task once, outside of functions that run again. If they differ, give each its own name, or captures: () => [value]`,
      );
    }
    tasks.set(id, { fns: new WeakSet([fn]), creation });
  };
}

/** Storages share their records with others of their name, such as databases, and split storages with those over the same metadata. */
function knownTasksOf(storage: ResultStorage): KnownTasks {
  const { type, name, metadata } = storage as ResultStorage & {
    readonly name?: unknown;
    readonly metadata?: ResultStorage;
  };
  if (metadata) return knownTasksOf(metadata);
  const place = `${type}/${String(name)}`;
  const tasks = (typeof name === "string" ? knownByName.get(place) : knownByStorage.get(storage)) ?? new Map();
  if (typeof name === "string") knownByName.set(place, tasks);
  else knownByStorage.set(storage, tasks);
  return tasks;
}

/**
 * A module that is loaded again has another query in its address (Vite, Node), or the loader runs the same lines in a later
 * turn. A factory that is called twice has neither.
 */
function isEvaluatedAgain(one: Creation, other: Creation): boolean {
  const at = one.frames.findIndex((frame, i) => addressOf(frame) !== addressOf(other.frames[i]));
  const [first, second] = [addressOf(one.frames[at]), addressOf(other.frames[at])];
  if (first !== undefined && withoutQuery(first) === withoutQuery(second)) return true;
  const isLoadedTwice = one.isInModule && other.isInModule && one.turn !== other.turn;
  return isLoadedTwice && one.frames.map(lineOf).join() === other.frames.map(lineOf).join();
}

/** The address of the script in a line of V8 (`at name (address:1:2)`), Firefox or Safari (`name@address:1:2`). */
function addressOf(frame = ""): string | undefined {
  return /[^\s(@]+(?=:\d+:\d+\)?$)/.exec(frame)?.[0];
}

function withoutQuery(address = ""): string {
  return address.replace(/\?.*/, "");
}

/** Bundlers name a module's function by its path, and after an edit its lines are in another place. */
function lineOf(frame: string): string {
  return /^\s*at (\S*\/.*) \(/.exec(frame)?.[1] ?? (frame.includes("webpack-internal:") ? addressOf(frame)! : frame);
}

function findCreation(): Creation {
  const lines = (new Error().stack ?? "").split("\n");
  const end = lines.findIndex((line) => loaders.test(line));
  const isInModule = end >= 0;
  return { frames: isInModule ? lines.slice(0, end) : lines, isInModule, turn: currentTurn() };
}

let turn = 0;
let isTurnOver = true;

function currentTurn(): number {
  if (isTurnOver) {
    isTurnOver = false;
    turn++;
    queueMicrotask(() => (isTurnOver = true));
  }
  return turn;
}
