import { RepriseError } from "./reprise-error.ts";

/**
 * Throw it in a task whose call was deferred, if another attempt would fail in the same way. The job fails at once, and
 * `result()` rejects with `TaskFailedError`. In a call that was not deferred it is an ordinary error.
 *
 * An error of another class counts too if its `name` is `"NonRetryableError"`, as for the class of `cloudflare:workflows`.
 *
 * @example
 * ```ts
 * const areas = task(
 *   async ({ city }: { city: string }) => {
 *     const response = await fetch(`/roads/${city}.json`);
 *     if (response.status === 404) throw new NonRetryableError(`There is no city named ${city}`);
 *     return reach(await response.json(), 15);
 *   },
 *   { name: "areas", version: "1" },
 * );
 * ```
 */
export class NonRetryableError extends RepriseError {
  override readonly name = "NonRetryableError";
  override readonly code = "NON_RETRYABLE";
}
