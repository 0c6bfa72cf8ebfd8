import { type Progress, type ProgressListener, toProgress } from "../../core/concurrency/progress.ts";
import { LatestSender } from "../../core/concurrency/latest-sender.ts";
import { openChannel } from "../database/open-channel.ts";

/** The least time between two messages about a key, in milliseconds. */
const messageInterval = 100;

/** A message on the channel. Without a progress, it asks the holder for the latest one. */
interface ProgressMessage {
  readonly key: string;
  readonly progress?: Progress;
}

/** The progress of a lock that this context holds. */
interface Report {
  latest: Progress;
  readonly sender: LatestSender<Progress>;
}

/** Carries the progress of holders to waiting callers in all contexts. The channel is open only while one reports or waits. */
export class ProgressChannel {
  readonly #name: string;
  #channel: BroadcastChannel | undefined;
  readonly #reports = new Map<string, Report>();
  readonly #listeners = new Set<(key: string, progress: Progress) => void>();

  /** Channels of the same name carry messages to each other. */
  constructor(name: string) {
    this.#name = name;
  }

  report(key: string, progress: Progress): void {
    const sender =
      this.#reports.get(key)?.sender ?? new LatestSender(messageInterval, (latest) => this.#post(key, latest));
    this.#reports.set(key, { latest: progress, sender });
    this.#notify(key, progress);
    sender.push(progress);
  }

  /** Ends the reports about a lock that was released or lost. */
  end(key: string): void {
    const report = this.#reports.get(key);
    if (!report) return;
    void report.sender.flush();
    this.#reports.delete(key);
    this.#closeUnused();
  }

  /** Passes the progress of the holder to `onProgress`, from the latest one on. Returns a function that stops it. */
  listen(key: string, onProgress: ProgressListener): () => void {
    let last: string | undefined;
    const listener = (about: string, progress: Progress) => {
      if (about !== key) return;
      const told = JSON.stringify(progress);
      // the answer to one that asks reaches all
      if (told !== last) onProgress(progress);
      last = told;
    };
    this.#listeners.add(listener);
    const own = this.#reports.get(key);
    if (own) listener(key, own.latest);
    else this.#post(key);
    return () => {
      this.#listeners.delete(listener);
      this.#closeUnused();
    };
  }

  #post(key: string, progress?: Progress): void {
    if (!this.#channel) {
      this.#channel = openChannel(this.#name);
      this.#channel?.addEventListener("message", this.#onMessage);
    }
    this.#channel?.postMessage({ key, progress });
  }

  #notify(key: string, progress: Progress): void {
    for (const listener of [...this.#listeners]) listener(key, progress);
  }

  #closeUnused(): void {
    if (this.#reports.size + this.#listeners.size > 0) return;
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Any script of the origin can post to this channel. */
  readonly #onMessage = ({ data }: MessageEvent<unknown>): void => {
    const { key, progress } = Object(data) as { [Name in keyof ProgressMessage]?: unknown };
    if (typeof key !== "string") return;
    const told = toProgress(progress);
    if (told) return this.#notify(key, told);
    const own = this.#reports.get(key);
    // at most as often as reports, however many ask
    own?.sender.push(own.latest);
  };
}
