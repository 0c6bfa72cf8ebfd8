import { InvalidArgumentError } from "../../errors/index.ts";
import { currentAsyncScope, runInAsyncScope } from "../concurrency/async-scope.ts";
import type { ResultLockManager } from "./result-lock-manager.ts";

/** A computation or a lock that the running code is inside of. A call in it must not wait for its end. */
export interface Enclosing {
  readonly manager: ResultLockManager | undefined;
  readonly key: string;
  holder?: string;
  /** The id of the call that computes. Absent for a lock, and if nobody listens to events. */
  readonly call?: number | undefined;
  /** The computations that it waits for in this context. */
  readonly waitsFor?: Set<Enclosing>;
  /** The work is over, although code that it began may still run, and its result may still be written. */
  isOver?: boolean;
}

/** The part of a scope that names the enclosing computations and locks. */
export interface EnclosedScope {
  readonly enclosing?: readonly Enclosing[] | undefined;
  /** The locks that code in a transaction took by hand. Its commit must not wait for them. */
  readonly taken?: Enclosing[] | undefined;
}

/** What the running code is inside of. Take it before the first `await`, after which some runtimes no longer know it. */
export function currentEnclosing(): readonly Enclosing[] {
  return (currentAsyncScope() as EnclosedScope).enclosing ?? [];
}

/** The list for locks that the running code takes by hand. Take it before the first `await` too. */
export function currentTaken(): Enclosing[] | undefined {
  return (currentAsyncScope() as EnclosedScope).taken;
}

/** Runs `work` inside of `own`, which is inside of `around`. */
export async function runEnclosed<T>(
  around: readonly Enclosing[],
  own: Enclosing,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await runInside([...around, own], work);
  } finally {
    own.isOver = true;
  }
}

/** Runs `work` inside of all of these. */
export function runInside<T>(enclosing: readonly Enclosing[], work: () => T): T {
  return runInAsyncScope({ ...currentAsyncScope(), enclosing }, work);
}

/** Throws `InvalidArgumentError` if `computation` waits for any of `around`, directly or in a ring, or is one of them. */
export function assertNotWaitedFor(around: readonly Enclosing[], computation: Enclosing): void {
  const waits = (one: Enclosing): boolean =>
    (!one.isOver && around.includes(one)) || [...(one.waitsFor ?? [])].some(waits);
  if (around.length > 0 && waits(computation)) throw waitsForItself(computation);
}

/** Rejects with `InvalidArgumentError` for a wait for a lock that is held around it under another name than `holder`. */
export async function assertNotHeldAround(
  around: readonly Enclosing[],
  manager: ResultLockManager,
  key: string,
  holder?: string,
): Promise<void> {
  for (const own of around) {
    if (own.isOver || own.key !== key || own.manager !== manager || own.holder === holder) continue;
    // its lease may have run out: then the wait ends
    if (await manager.isLockHolder(key, own.holder!)) throw waitsForItself(own);
  }
}

function waitsForItself({ key, holder }: Enclosing): InvalidArgumentError {
  const message = `This call runs inside the computation or the lock of "${key}" and would wait for itself: pass it { holder: "${holder}" }`;
  return new InvalidArgumentError(message, { key });
}
