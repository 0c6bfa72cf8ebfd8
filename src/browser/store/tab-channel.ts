import type { ChangeChannel } from "../../core/cache/change-channel.ts";
import type { ChangeKind, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { assertTarget } from "../../core/record/assert-target.ts";
import { openChannel } from "../database/open-channel.ts";

type ChangeListener = (kind: ChangeKind, target: InvalidationTarget) => void;

/** A message on the channel. */
interface ChangeMessage {
  readonly type: "reprise/change";
  readonly kind: ChangeKind;
  readonly target: InvalidationTarget;
}

/**
 * Tells other tabs and workers of the origin which records changed. Delivery is not guaranteed: a tab that starts later or
 * is frozen misses messages. If the browser has no `BroadcastChannel`, it does nothing.
 *
 * @example
 * ```ts
 * const store = new ResultStore({
 *   resultStorage: new IndexedDbStorage({ name: "maps" }),
 *   serializer: new JsonSerializer(),
 *   cache: defaultCache(),
 *   changes: new TabChannel("maps"),
 * });
 * ```
 */
export class TabChannel implements ChangeChannel {
  readonly #name: string;
  #channel: BroadcastChannel | undefined;
  readonly #listeners = new Set<ChangeListener>();
  /** Collected until the end of the current task. Changes of keys in a row are one message. */
  #changes: { readonly kind: ChangeKind; readonly target: InvalidationTarget | Set<string> }[] = [];

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

  post(kind: ChangeKind, target: InvalidationTarget): void {
    if (this.#changes.length === 0) queueMicrotask(() => this.#send());
    const keys = target !== "all" && "keys" in target ? target.keys : undefined;
    const last = this.#changes.at(-1);
    if (keys && last?.kind === kind && last.target instanceof Set) for (const key of keys) last.target.add(key);
    else this.#changes.push({ kind, target: keys ? new Set(keys) : target });
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
    const changes = this.#changes;
    this.#changes = [];
    if (changes.length === 0) return;
    // a store may still be written to after it was closed
    const channel = this.#channel ?? openChannel(this.#name);
    for (const { kind, target } of changes) {
      const sent = target instanceof Set ? { keys: [...target] } : target;
      channel?.postMessage({ type: "reprise/change", kind, target: sent } satisfies ChangeMessage);
    }
    if (channel !== this.#channel) channel?.close();
  }

  #notify(kind: ChangeKind, target: InvalidationTarget): void {
    for (const listener of this.#listeners) listener(kind, target);
  }

  readonly #onMessage = ({ data }: MessageEvent<unknown>) => {
    if (isChangeMessage(data)) this.#notify(data.kind, data.target);
  };

  /** A page that returns from the back/forward cache has missed messages. */
  readonly #onPageShow = ({ persisted }: PageTransitionEvent) => {
    if (persisted) this.#notify("invalidated", "all");
  };
}

/** Any script of the origin can post to this channel. */
function isChangeMessage(data: unknown): data is ChangeMessage {
  if (typeof data !== "object" || data === null) return false;
  const { type, kind, target } = data as { [Name in keyof ChangeMessage]?: unknown };
  if (type !== "reprise/change" || !kinds.includes(kind)) return false;
  try {
    assertTarget(target);
    return true;
  } catch {
    return false;
  }
}

const kinds: readonly unknown[] = ["kept", "written", "invalidated"] satisfies ChangeKind[];
