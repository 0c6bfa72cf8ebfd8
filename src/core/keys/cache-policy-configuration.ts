import { assertOptions } from "../support/assert-options.ts";
import { onlyGiven } from "../support/only-given.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { assertIsolationLevelName, type IsolationLevel } from "../locks/isolation-level.ts";
import { assertLockManager } from "../locks/assert-lock-manager.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import { resolveResultStorage, type ResultStorageInput } from "../storages/storage-registry.ts";

/** The requirements of a policy for the store of a task's calls. */
export interface CachePolicyConfiguration {
  /** The storage for the metadata of records, or its registered name. The results stay in the store's own storage. */
  keyStorage?: ResultStorageInput | undefined;
  /** Replaces the lock manager of the store. */
  lockManager?: ResultLockManager | undefined;
  /** The isolation level of the transaction around each call. `SERIALIZABLE` locks the key while the task runs. */
  isolationLevel?: IsolationLevel | undefined;
}

/** The configured parts, without those left open. */
export function configurationOf({
  keyStorage,
  lockManager,
  isolationLevel,
}: CachePolicyConfiguration): CachePolicyConfiguration {
  return onlyGiven({ keyStorage, lockManager, isolationLevel });
}

/** Throws `ConfigurationError` if two configurations set the same part differently. */
export function mergeConfigurations(
  one: CachePolicyConfiguration,
  other: CachePolicyConfiguration,
): CachePolicyConfiguration {
  for (const name of Object.keys(other) as (keyof CachePolicyConfiguration)[]) {
    if (one[name] === undefined || one[name] === other[name]) continue;
    throw new ConfigurationError(
      `The two policies are configured with different values of ${name}: configure their sum, one.plus(other).configure({ … })`,
    );
  }
  return { ...one, ...other };
}

/** Throws `ConfigurationError` for invalid parts. A name may be registered later. */
export function assertConfiguration(configuration: CachePolicyConfiguration): void {
  assertOptions("configure", configuration, ["keyStorage", "lockManager", "isolationLevel"]);
  const { keyStorage, lockManager, isolationLevel } = configuration;
  if (keyStorage !== undefined && typeof keyStorage !== "string") resolveResultStorage(keyStorage);
  assertLockManager(lockManager);
  if (isolationLevel !== undefined) assertIsolationLevelName(isolationLevel);
}
