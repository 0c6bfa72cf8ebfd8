import { settleWithin } from "../../core/concurrency/settle-within.ts";
import { StorageUnreachableError } from "../../errors/index.ts";
import type { ResolvedChaosOptions } from "./chaos-options.ts";

/** Something that went wrong on purpose. */
export interface Fault {
  /**
   * `"failure"`: the call fails. `"lost-answer"`: it succeeds, and its caller gets an error. `"repeat"`: it is made twice.
   * `"delay"`: it is late.
   */
  readonly kind: "failure" | "lost-answer" | "repeat" | "delay";
  /** The method of the storage or the lock manager. */
  readonly method: string;
  /** The key of the call, if it has one. */
  readonly key: string | undefined;
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** Passes calls on to parts, or fails to. */
export class FaultySender {
  readonly faults: Fault[] = [];
  readonly #options: ResolvedChaosOptions;
  readonly #random: () => number;
  #isStopped = false;

  constructor(options: ResolvedChaosOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** The part, with `calls` sent through this sender, and other members changed by `other`. */
  connect<Part extends object>(
    part: Part,
    calls: readonly string[],
    other: (name: string | symbol, member: unknown) => unknown = (_, member) => member,
  ): Part {
    const { methods = calls } = this.#options;
    return new Proxy(part, {
      get: (_, name) => {
        const member: unknown = part[name as keyof Part];
        if (typeof member !== "function") return other(name, member);
        const call = member.bind(part) as Call;
        return typeof name === "string" && calls.includes(name) && methods.includes(name)
          ? (...args: unknown[]) => this.#send(call, name, args)
          : call;
      },
    });
  }

  async #send(call: Call, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#isStopped) return call(...args);
    const { failures, lostAnswers, repeats, delays, maxDelay } = this.#options;
    const key = typeof args[0] === "string" ? args[0] : undefined;
    // all are drawn at the call, so that faults don't depend on the time that others take
    const [fails, loses, isRepeated, isDelayed] = [failures, lostAnswers, repeats, delays].map(
      (share) => this.#random() < share,
    );
    const [delay, isLate] = [this.#random() * maxDelay, this.#random() < 0.5];
    const note = (kind: Fault["kind"]) => void this.faults.push({ kind, method, key });
    const wait = () => settleWithin({ timeout: delay, signal: signalOf(args), otherwise: undefined }, () => () => {});
    if (isDelayed) note("delay");
    // no turn passes before a call without a delay
    if (isDelayed && !isLate) await wait();
    if (fails) {
      note("failure");
      throw new StorageUnreachableError(`Chaos: ${method} fails`, { key });
    }
    const answer = await call(...args);
    if (isRepeated) {
      note("repeat");
      await call(...args).catch(() => {});
    }
    if (isDelayed && isLate) await wait();
    if (!loses) return answer;
    note("lost-answer");
    throw new StorageUnreachableError(`Chaos: the answer of ${method} is lost`, { key });
  }
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  return args
    .map((arg) => (arg as { signal?: AbortSignal } | undefined)?.signal)
    .find((signal) => signal !== undefined);
}

/** Numbers from 0 to 1, the same for the same seed: Marsaglia's xorshift with 32 bits (https://doi.org/10.18637/jss.v008.i14). */
function createRandom(seed: number): () => number {
  // zero would stay zero
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
