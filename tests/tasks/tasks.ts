import { task } from "../../workers/edge.ts";

/** What a test has the task `scripted` do, by its argument. */
export const scripts = new Map<string, (attempt: number) => unknown>();

/** Every run of `scripted`, as it began and ended. */
export const runs: { readonly id: string; readonly began: number; ended?: number }[] = [];

export const runsOf = (id: string) => runs.filter((run) => run.id === id);

export const scripted = task(
  async function scripted(id: string): Promise<unknown> {
    const run: (typeof runs)[number] = { id, began: Date.now() };
    runs.push(run);
    try {
      return await scripts.get(id)?.(runsOf(id).length);
    } finally {
      run.ended = Date.now();
    }
  },
  { name: "scripted", version: "1" },
);

export const double = task(({ x }: { x: number }) => 2 * x, { name: "double", version: "1" });
