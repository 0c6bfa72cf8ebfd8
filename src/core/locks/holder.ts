import { randomId } from "../support/random-id.ts";
import type { IsLockedOptions } from "./result-lock-manager.ts";

let context: string | undefined;
let calls = 0;

/** A unique name for one caller: the runtime, this context (tab, worker, process, isolate), and a number. */
export function generateHolder(): string {
  // not at import, since Workers have no randomness at start-up
  context ??= `${runtimeName()}:${randomId().slice(0, 12)}`;
  return `${context}:${++calls}`;
}

const computationMark = "/compute";

/** A unique name for a computation that takes its own lock. A change of the key ends such a lock, and no other. */
export function generateComputationHolder(): string {
  return generateHolder() + computationMark;
}

/**
 * Whether the holder is a computation, and not somebody who took the lock by hand.
 *
 * @example
 * ```ts
 * isComputation("worker-1"); // false: somebody chose this name
 * ```
 */
export function isComputation(holder: string): boolean {
  return holder.endsWith(computationMark);
}

/** Whether a lock with this holder is one that `isLocked` asks for. `undefined`: a holder that is not known, and has no grant yet. */
export function isMeant(holder: string | undefined, { except, byHand }: IsLockedOptions): boolean {
  if (holder === undefined) return !byHand;
  return holder !== except && !(byHand && isComputation(holder));
}

function runtimeName(): string {
  const { navigator, document, WorkerGlobalScope } = globalThis as {
    navigator?: { userAgent?: string };
    document?: unknown;
    WorkerGlobalScope?: unknown;
  };
  if (navigator?.userAgent === "Cloudflare-Workers") return "worker";
  if (document !== undefined) return "page";
  return WorkerGlobalScope === undefined ? "process" : "web-worker";
}
