import type { LockGrant } from "../locks/result-lock-manager.ts";

/** Whether it is of near locks alone, which were all there was while the far ones could not be reached. Such a grant is within itself. */
export function isNearOnly(grant: LockGrant | undefined): boolean {
  return grant !== undefined && grant.within?.token === grant.token;
}

/** The options of a change for the truth, which knows nothing of near locks. */
export function forTruth<T extends { grant?: LockGrant | undefined }>(options: T): T {
  return isNearOnly(options.grant) ? { ...options, grant: undefined } : options;
}
