import * as fc from "fast-check";
import { inject, test, type TestContext } from "vitest";

/** What the report counts. */
export type TrialKind = "schedules" | "histories" | "faults" | "inputs" | "requests";

declare module "vitest" {
  interface ProvidedContext {
    trials: { readonly isLong: boolean; readonly seed: number; readonly path?: string; readonly runs?: number };
  }
  interface TaskMeta {
    tried?: Partial<Record<TrialKind, number>>;
  }
}

export interface TrialSize {
  /** How many runs `npm test` makes. */
  readonly short: number;
  /** How many runs `npm run test:long` makes. */
  readonly long: number;
}

const { isLong, seed, path, runs } = inject("trials");

/** How many runs this run of the tests makes. */
export function runsOf({ short, long }: TrialSize): number {
  return runs ?? (isLong ? long : short);
}

/** Adds to the counts that the run ends with. */
export function countTried({ task }: Pick<TestContext, "task">, kind: TrialKind, count: number): void {
  const tried = (task.meta.tried ??= {});
  tried[kind] = (tried[kind] ?? 0) + count;
}

/**
 * A test that tries a property on random cases. `npm test` always tries the same ones, `npm run test:long` others each
 * time. A failure is shrunk, and its message says how to try the one case again.
 */
export function trial<Case>(
  name: string,
  {
    kind,
    faults,
    ...size
  }: TrialSize & { readonly kind: TrialKind; /** How many there were. */ readonly faults?: () => number },
  property: fc.IAsyncProperty<Case> | fc.IProperty<Case>,
): void {
  test(name, { timeout: isLong || runs ? 7_200_000 : 60_000 }, async (context) => {
    const details = await fc.check(property as fc.IAsyncProperty<Case>, {
      seed,
      numRuns: path ? 1 : runsOf(size),
      ...(path && { path }),
    });
    countTried(context, kind, details.numRuns);
    if (faults) countTried(context, "faults", faults());
    if (!details.failed) return;
    // the case before it was shrunk, since the path to a shrunk schedule of commands can't be walked again
    const [first] = details.counterexamplePath!.split(":");
    const replay = `TRIALS_SEED=${details.seed} TRIALS_PATH=${first} npm test -- ${context.task.file.name}`;
    throw new Error(`${fc.defaultReportMessage(details)}\n\nTry this case again: ${replay} -t "${name}"`, {
      cause: details.errorInstance,
    });
  });
}
