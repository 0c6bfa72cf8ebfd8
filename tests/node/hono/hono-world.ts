import { type Context, Hono } from "hono";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { cachedResponse, type CachedResponseOptions } from "../../../src/integrations/hono/index.ts";
import { createStore } from "../../stores.ts";

/** Stores of one storage with a clock that tests move, each as in a process of its own. */
export class HonoWorld {
  readonly #storage = new MemoryStorage();
  readonly #locks = new MemoryLockManager();
  readonly events: StoreEvent[] = [];
  time = Date.now();

  createStore(): ResultStore {
    return createStore({
      resultStorage: this.#storage,
      lockManager: this.#locks,
      now: () => this.time,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** An app whose every route is answered by `handler` behind the middleware. */
  createApp(handler: (c: Context) => Response | Promise<Response>, options: Partial<CachedResponseOptions> = {}): Hono {
    const app = new Hono();
    app.all("*", cachedResponse({ store: this.createStore(), expiresIn: "1h", ...options }), handler);
    return app;
  }
}

/** The parameters of the last member of `Cache-Status`, without the key. */
export function statusOf(response: Response): string {
  return (response.headers.get("Cache-Status") ?? "").replace(/; key="(?:[^"\\]|\\.)*"/, "");
}

/** A handler's response that a test sends piece by piece. */
export function openStream(): {
  readonly stream: ReadableStream<Uint8Array>;
  send(text: string): void;
  end(): void;
  fail(error: unknown): void;
} {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
  return {
    stream,
    send: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
    fail: (error) => controller.error(error),
  };
}
