import type { LockGrant } from "../locks/result-lock-manager.ts";

/** Whether it is a grant of near locks only, given while the far locks could not be reached. Such a grant is its own `within`. */
export function isNearOnly(grant: LockGrant | undefined): boolean {
  return grant !== undefined && grant.within?.token === grant.token;
}

/** The options of a change for the truth, without a grant of near locks only. */
export function forTruth<T extends { grant?: LockGrant | undefined }>(options: T): T {
  return isNearOnly(options.grant) ? { ...options, grant: undefined } : options;
}
