import { onTestFinished } from "vitest";
import type { LockActor } from "./lock-actor.ts";
import { connect, type Remote } from "./remote.ts";

export interface Context {
  readonly actor: Remote<LockActor>;
  /** Ends it without a word to anyone. */
  kill(): void;
}

/** A worker with a lock manager over the locks called `name`. It ends with the test. */
export async function startWorker(name: string): Promise<Context> {
  const worker = new Worker(new URL("./lock-worker.ts", import.meta.url), { type: "module", name });
  onTestFinished(() => worker.terminate());
  return { actor: connect<LockActor>(worker), kill: () => worker.terminate() };
}

/** The same in an iframe. */
export async function startFrame(name: string): Promise<Context> {
  const frame = document.createElement("iframe");
  frame.name = name;
  frame.srcdoc = `<script type="module" src="${new URL("./lock-frame.ts", import.meta.url).href}"></script>`;
  const ready = new Promise<MessagePort>((resolve) => {
    const listen = ({ source, ports: [port] }: MessageEvent): void => {
      if (source !== frame.contentWindow || !port) return;
      removeEventListener("message", listen);
      resolve(port);
    };
    addEventListener("message", listen);
  });
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  const port = await ready;
  port.start();
  return { actor: connect<LockActor>(port), kill: () => frame.remove() };
}
