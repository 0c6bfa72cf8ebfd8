import { guardListener } from "../events/store-event.ts";
import type { Progress, ProgressListener } from "../concurrency/progress.ts";

/** One progress, and a promise of the next. */
interface Step {
  readonly progress: Progress | undefined;
  readonly next: Promise<Step>;
  readonly resolve: (next: Step) => void;
}

/** Passes the progress of a computation, here or elsewhere, on to its callers in this context. */
export class ProgressRelay {
  #latest = createStep(undefined);

  /** `undefined`: another computation begins. */
  tell(progress: Progress | undefined): void {
    const next = createStep(progress);
    this.#latest.resolve(next);
    this.#latest = next;
  }

  /**
   * Calls `listener` with every progress from the latest one on. Returns a function that ends this. A promise carries each
   * progress, since a caller in a Worker may belong to another request, and its I/O works only there.
   */
  listen(listener: ProgressListener): () => void {
    const call = guardListener(listener);
    let isOver = false;
    const follow = async (): Promise<void> => {
      for (let step = this.#latest; !isOver; step = await step.next) if (step.progress) call(step.progress);
    };
    void follow();
    return () => {
      isOver = true;
    };
  }
}

function createStep(progress: Progress | undefined): Step {
  let resolve!: Step["resolve"];
  const next = new Promise<Step>((settle) => (resolve = settle));
  return { progress, next, resolve };
}
