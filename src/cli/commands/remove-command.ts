import type { Command } from "commander";
import { listAll } from "../../core/archive/export-records.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import { isRepriseError, RecordNotFoundError, StorageUnreachableError, type RepriseError } from "../../errors/index.ts";
import { askToGoOn } from "../terminal/ask.ts";
import { FailedError } from "../terminal/failures.ts";
import { inOneLine, note, printJson } from "../terminal/output.ts";
import { countWhile, withProgress } from "../terminal/progress.ts";
import { countOf } from "../terminal/units.ts";
import { addApiCommand, type ApiOptions, openStorage } from "./api-command.ts";
import { addTargetOptions, onlyTarget, type TargetOptions } from "./target-options.ts";

interface RemoveOptions extends ApiOptions, TargetOptions {
  readonly yes?: true;
}

const concurrentDeletions = 8;

export function addRemoveCommand(program: Command): void {
  const command = addApiCommand(program, "rm [keys...]", "delete records", "reprise rm --prefix maps/2025/");
  addTargetOptions(command).option("--yes", "don't ask before records of a prefix, or all, are deleted").action(remove);
}

async function remove(keys: readonly string[], options: RemoveOptions): Promise<void> {
  const storage = openStorage(options);
  const target = onlyTarget(keys, options);
  const found = target === "all" || !("keys" in target) ? await confirmed(storage, options) : keys;
  const failed: RepriseError[] = [];
  let deleted = 0;
  await withProgress("Deleting", found.length, (progress) =>
    mapConcurrently(found, concurrentDeletions, async (key) => {
      const error = await removeOne(storage, key);
      if (error) failed.push(error);
      else deleted++;
      progress.advance(1, `Deleted ${countOf(deleted, "record")}`);
    }),
  );
  if (options.json) printJson({ deleted, failed: failed.map(({ key, code, message }) => ({ key, code, message })) });
  else {
    for (const { message } of failed) note(`reprise: ${inOneLine(message)}`);
    note(`Deleted ${countOf(deleted, "record")}`);
  }
  if (failed.length > 0) throw new FailedError("Some records were not deleted", { isTold: true });
}

/** The keys to delete, once somebody has agreed. */
async function confirmed(storage: ResultStorage, { prefix, yes }: RemoveOptions): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { storageKey } of countWhile("Listing", listAll(storage, { prefix }))) keys.push(storageKey);
  if (yes || keys.length === 0) return keys;
  const which = prefix === undefined ? "" : ` under "${inOneLine(prefix)}"`;
  const records = `${countOf(keys.length, "record")}${which}`;
  await askToGoOn(`Delete ${records}?`, `This deletes ${records}: add --yes to do it without a question`);
  return keys;
}

/** Resolves to the reason why one record could not be deleted. */
async function removeOne(storage: ResultStorage, key: string): Promise<RepriseError | undefined> {
  try {
    if (await storage.delete(key)) return undefined;
    return new RecordNotFoundError(`There is no record "${key}"`, { key });
  } catch (error) {
    if (!isRepriseError(error) || error instanceof StorageUnreachableError) throw error;
    return error;
  }
}
