import { createResultStore } from "../../../src/browser/index.ts";
import { delay, indexes } from "./repeat.ts";

/** What one tab of a stampede saw; times are milliseconds since 1970. */
export interface StampedeReport {
  readonly runs: number;
  readonly lastDone: number;
}

export interface StampedeOrder {
  readonly key: string;
  /** When the callers come, in milliseconds since 1970. */
  readonly at: number;
  readonly callers: number;
  /** Milliseconds that the computation takes. */
  readonly work: number;
}

/** Many callers want the same result. */
export async function stampede({ key, at, callers, work }: StampedeOrder): Promise<StampedeReport> {
  const store = createResultStore({ name: "stampede" });
  let runs = 0;
  const compute = async (): Promise<number> => {
    runs++;
    await delay(work);
    return runs;
  };
  await delay(at - Date.now());
  await Promise.all(indexes(callers).map(() => store.getOrCompute(key, compute)));
  return { runs, lastDone: Date.now() };
}
