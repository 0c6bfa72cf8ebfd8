import { InvalidArgumentError } from "../../errors/index.ts";
import type { HookOptions, TransactionHook } from "./transaction.ts";

/** One hook or many, as an array. Throws `InvalidArgumentError` if one is not a function. */
export function toHooks(hooks: HookOptions["onCommit"], name: string): readonly TransactionHook[] {
  if (hooks === undefined) return [];
  const list: readonly unknown[] = Array.isArray(hooks) ? hooks : [hooks];
  if (list.every((hook) => typeof hook === "function")) return list as readonly TransactionHook[];
  throw new InvalidArgumentError(`${name} has to be a function or an array of functions`);
}
