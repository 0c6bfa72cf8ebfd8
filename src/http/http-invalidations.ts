import type { InvalidationsSince, NumberedInvalidation } from "../core/invalidation/invalidation-table.ts";
import { assertTarget } from "../core/record/assert-target.ts";
import { foreignAnswer, isCount, parseJson, type HttpAnswer } from "./requests/http-answer.ts";

/** Invalidations that this version can't read count as forgotten. */
export function invalidationsOf(answer: HttpAnswer): InvalidationsSince {
  const { latest, invalidations } = (parseJson(answer) ?? {}) as Partial<InvalidationsSince>;
  if (!isCount(latest)) throw foreignAnswer(answer, undefined);
  const isReadable = Array.isArray(invalidations) && invalidations.every(isInvalidation);
  return { latest, invalidations: isReadable ? invalidations : undefined };
}

function isInvalidation(value: unknown): boolean {
  const { number, target, mode, at } = (value ?? {}) as { [Name in keyof NumberedInvalidation]?: unknown };
  try {
    assertTarget(target);
  } catch {
    return false;
  }
  return isCount(number) && Number.isFinite(at) && (mode === "delete" || mode === "expire");
}
