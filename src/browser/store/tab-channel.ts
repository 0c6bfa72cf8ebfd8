import type { ChangeChannel } from "../../core/cache/change-channel.ts";
import { openChannel } from "../database/open-channel.ts";

type ChangeListener = (keys?: readonly string[]) => void;

/** A message on the channel. Without `keys`, all records may have changed. */
interface ChangeMessage {
  readonly type: "reprise/change";
  readonly keys?: readonly string[] | undefined;
}

/**
 * Tells other tabs and workers of the origin which records changed. Delivery is not guaranteed: a tab that starts later or
 * is frozen misses messages. If the browser has no `BroadcastChannel`, it does nothing.
 */
export class TabChannel implements ChangeChannel {
  readonly #name: string;
  #channel: BroadcastChannel | undefined;
  readonly #listeners = new Set<ChangeListener>();
  /** Collected until the end of the current task; `"all"` if all records may have changed. */
  #changed: Set<string> | "all" | undefined;

  /** `name`: the name of the database. */
  constructor(name: string) {
    this.#name = `reprise/${name}`;
    this.#channel = openChannel(this.#name);
    this.#channel?.addEventListener("message", this.#onMessage);
    globalThis.addEventListener?.("pageshow", this.#onPageShow);
  }

  get isOpen(): boolean {
    return this.#channel !== undefined;
  }

  post(keys?: readonly string[]): void {
    if (this.#changed === undefined) queueMicrotask(() => this.#send());
    if (!keys || this.#changed === "all") {
      this.#changed = "all";
    } else {
      this.#changed ??= new Set();
      for (const key of keys) this.#changed.add(key);
    }
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Messages posted before are still sent. */
  close(): void {
    this.#send();
    this.#listeners.clear();
    this.#channel?.close();
    this.#channel = undefined;
    globalThis.removeEventListener?.("pageshow", this.#onPageShow);
  }

  #send(): void {
    const changed = this.#changed;
    this.#changed = undefined;
    if (changed === undefined) return;
    // a store may still be written to after it was closed
    const channel = this.#channel ?? openChannel(this.#name);
    channel?.postMessage({
      type: "reprise/change",
      keys: changed === "all" ? undefined : [...changed],
    } satisfies ChangeMessage);
    if (channel !== this.#channel) channel?.close();
  }

  #notify(keys?: readonly string[]): void {
    for (const listener of this.#listeners) listener(keys);
  }

  readonly #onMessage = ({ data }: MessageEvent<unknown>) => {
    if (isChangeMessage(data)) this.#notify(data.keys);
  };

  /** A page that returns from the back/forward cache has missed messages. */
  readonly #onPageShow = ({ persisted }: PageTransitionEvent) => {
    if (persisted) this.#notify();
  };
}

/** Any script of the origin can post to this channel. */
function isChangeMessage(data: unknown): data is ChangeMessage {
  if (typeof data !== "object" || data === null) return false;
  const { type, keys } = data as { type?: unknown; keys?: unknown };
  if (type !== "reprise/change") return false;
  return keys === undefined || (Array.isArray(keys) && keys.every((key) => typeof key === "string"));
}
