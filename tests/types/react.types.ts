// What the hooks of reprise/react infer. Compiles only if the types are these.
import { expectTypeOf } from "vitest";
import type { ResultStore, StandardSchema } from "../../src/core/index.ts";
import { type ResultState, useResult, useSuspenseResult } from "../../src/integrations/react/index.ts";
import { task } from "../../src/browser/index.ts";

declare const store: ResultStore;
declare const schema: StandardSchema<Date>;

const total = task(async (years: number[], factor = 1) => years.length * factor, { name: "total" });
const parsed = total.withOptions({ schema });
const overloaded = task(
  (async (input: string | number) => input) as unknown as {
    (input: string): Promise<string>;
    (input: number): Promise<number>;
  },
  { name: "overloaded" },
);

export function Hooks(): void {
  expectTypeOf(useResult(total, [[2026]])).toEqualTypeOf<ResultState<number>>();
  expectTypeOf(useResult(total, [[2026], 2]).value).toEqualTypeOf<number | undefined>();
  expectTypeOf(useSuspenseResult(total, [[2026]]).value).toEqualTypeOf<number>();
  expectTypeOf(useSuspenseResult(parsed, [[2026]]).value).toEqualTypeOf<Date>();
  expectTypeOf(useSuspenseResult(overloaded, ["x"]).value).toEqualTypeOf<string | number>();
  // @ts-expect-error the argument is an array of numbers
  useResult(total, ["2026"]);
  // @ts-expect-error a task has its options itself
  useResult(total, [[2026]], { expiresIn: "1h" });

  const rows = useResult(store, "rows", async ({ signal }) => [signal.aborted], { tags: (found) => found.map(String) });
  if (rows.status === "success") expectTypeOf(rows.value).toEqualTypeOf<boolean[]>();
  if (rows.status === "pending") expectTypeOf(rows.value).toEqualTypeOf<undefined>();
  expectTypeOf(useSuspenseResult(store, "date", () => "2026-01-01", { schema }).value).toEqualTypeOf<Date>();
  // @ts-expect-error the hook decides when to compute again
  useResult(store, "rows", () => 1, { refresh: true });
}
