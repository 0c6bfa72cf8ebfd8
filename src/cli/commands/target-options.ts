import type { Command } from "commander";
import type { InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { UsageError } from "../terminal/failures.ts";

/** The options that choose records, instead of keys. */
export interface TargetOptions {
  readonly prefix?: string;
  readonly tags?: readonly string[];
  readonly all?: true;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option("--prefix <prefix>", "all records whose key begins with this")
    .option("--all", "all records that the token reaches");
}

/** The one target that was given. Throws `UsageError` for none, for several, and for an empty prefix. */
export function onlyTarget(keys: readonly string[], { prefix, tags, all }: TargetOptions): InvalidationTarget {
  const targets: InvalidationTarget[] = [];
  if (keys.length > 0) targets.push({ keys });
  if (prefix !== undefined) targets.push({ prefix });
  if (tags) targets.push({ tags });
  if (all) targets.push("all");
  // a script whose variable is not set must not reach all records
  if (prefix === "") throw new UsageError("The prefix is empty, which means all records: say --all if you mean that");
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0) {
    throw new UsageError(
      "Name keys, or one of the options that choose records: reprise rm maps/oslo, or --prefix maps/",
    );
  }
  return target;
}
