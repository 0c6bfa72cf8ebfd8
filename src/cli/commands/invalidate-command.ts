import { type Command, Option } from "commander";
import type { InvalidationMode, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { note, printJson } from "../terminal/output.ts";
import { addApiCommand, type ApiOptions, openStorage, toList } from "./api-command.ts";
import { addTargetOptions, onlyTarget, type TargetOptions } from "./target-options.ts";

interface InvalidateOptions extends ApiOptions, TargetOptions {
  readonly mode: InvalidationMode;
}

/** The most keys that the API takes in one request. */
const keysPerRequest = 100;

export function addInvalidateCommand(program: Command): void {
  const command = addApiCommand(
    program,
    "invalidate [keys...]",
    "declare results outdated, and refuse those that are being computed",
    "reprise invalidate --tags roads,cities --mode expire",
  );
  addTargetOptions(command)
    .option("--tags <tags>", "all records with one of these tags, separated by commas", toList)
    .addOption(
      new Option("--mode <mode>", "delete the records, or let them expire so that they can be served stale")
        .choices(["delete", "expire"] satisfies InvalidationMode[])
        .default("delete"),
    )
    .action(invalidate);
}

async function invalidate(keys: readonly string[], options: InvalidateOptions): Promise<void> {
  const storage = openStorage(options);
  const { mode, json } = options;
  const target = onlyTarget(keys, options);
  for (const part of requestsOf(target)) await storage.invalidate(part, { mode, now: Date.now() });
  if (json) printJson({ target, mode });
  else note(`Invalidated ${describe(target)} (${mode})`);
}

function requestsOf(target: InvalidationTarget): InvalidationTarget[] {
  if (target === "all" || !("keys" in target)) return [target];
  const { keys } = target;
  return Array.from({ length: Math.ceil(keys.length / keysPerRequest) }, (_, i) => ({
    keys: keys.slice(i * keysPerRequest, (i + 1) * keysPerRequest),
  }));
}

function describe(target: InvalidationTarget): string {
  if (target === "all") return "all records";
  const [[name, value]] = Object.entries(target) as [[string, string | readonly string[]]];
  return `${name} ${[value].flat().join(", ")}`;
}
