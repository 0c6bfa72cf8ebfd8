import { ConfigurationError, StorageError } from "../../errors/index.ts";

/** A Web Lock that this context holds until it is released or stolen. */
export class WebLock {
  readonly #free: () => void;
  readonly #request: Promise<unknown>;
  #lost = false;
  /** Called when the lock is lost. */
  onLost: (() => void) | undefined;

  constructor(free: () => void, request: Promise<unknown>) {
    this.#free = free;
    this.#request = request;
    request.catch(() => this.lose());
  }

  /** It is stolen, or its lease can't be stored. */
  lose(): void {
    this.#lost = true;
    this.onLost?.();
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Resolves once other contexts can get the lock. */
  async release(): Promise<void> {
    this.onLost = undefined;
    this.#free();
    await this.#request.catch(() => {});
  }
}

/** Resolves with the lock once it is granted; with `undefined` if `ifAvailable` is set and the lock is taken. */
export function requestWebLock(name: string, options: LockOptions): Promise<WebLock | undefined> {
  return new Promise((resolve, reject) => {
    const request: Promise<unknown> = browserLocks().request(name, options, (granted) => {
      if (!granted) return resolve(undefined);
      return new Promise<void>((free) => resolve(new WebLock(free, request)));
    });
    request.catch((error: unknown) => reject(toLockError(error, options.signal ?? undefined)));
  });
}

/** Queries held and requested locks. Concurrent calls share the answer. */
export function queryWebLocks(): Promise<LockManagerSnapshot> {
  asked ??= Promise.resolve().then(async () => {
    asked = undefined;
    try {
      return await browserLocks().query();
    } catch (error) {
      throw toLockError(error);
    }
  });
  return asked;
}

let asked: Promise<LockManagerSnapshot> | undefined;

function browserLocks(): LockManager {
  assertWebLocks();
  return navigator.locks;
}

/** Throws `ConfigurationError` where there are none. */
export function assertWebLocks(): void {
  if ((globalThis.navigator as Partial<Navigator> | undefined)?.locks) return;
  throw new ConfigurationError(
    "There are no Web Locks here: they need a browser, and a page from https or localhost. MemoryLockManager works everywhere",
  );
}

function toLockError(error: unknown, signal?: AbortSignal): unknown {
  return signal?.aborted || !(error instanceof DOMException)
    ? error
    : new StorageError(`Web Locks can't be used here now: ${error.message}`, { cause: error });
}
