import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { Command } from "commander";
import type { RecordOutcome } from "../../core/archive/archive-format.ts";
import { exportRecords, listAll } from "../../core/archive/export-records.ts";
import { importRecords } from "../../core/archive/import-records.ts";
import { JsonSerializer } from "../../core/serializers/json-serializer.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { ResultStore } from "../../core/store/result-store.ts";
import { isRepriseError } from "../../errors/index.ts";
import { FailedError } from "../terminal/failures.ts";
import { inOneLine, note, printJson } from "../terminal/output.ts";
import { countWhile, withProgress } from "../terminal/progress.ts";
import { countOf, formatBytes } from "../terminal/units.ts";
import { addApiCommand, type ApiOptions, openStorage } from "./api-command.ts";

interface ExportOptions extends ApiOptions {
  readonly prefix?: string;
}

interface ImportOptions extends ApiOptions {
  readonly skipExisting?: true;
}

/** Refused records that are shown one by one, without `--json`. */
const shownRefusals = 10;

export function addArchiveCommands(program: Command): void {
  addApiCommand(program, "export <file>", "write records into a tar file", "reprise export maps.tar --prefix maps/")
    .option("--prefix <prefix>", "only records whose key begins with this")
    .action(exportTo);
  addApiCommand(
    program,
    "import <file>",
    "check and write the records of a file of `export`",
    "reprise import maps.tar",
  )
    .option("--skip-existing", "keep records that are there, instead of replacing them")
    .action(importFrom);
}

async function exportTo(file: string, options: ExportOptions): Promise<void> {
  const { prefix, json } = options;
  const storage = openStorage(options);
  // nobody takes a part of an export for the whole, and two exports at once don't meet in one file
  const unfinished = `${file}.${crypto.randomUUID()}.unfinished`;
  const outcomes: Outcomes = new Outcomes("exported");
  await withProgress("Exporting", await countForBar(storage, prefix), async (progress) => {
    const onRecord = (outcome: RecordOutcome) => progress.advance(1, outcomes.add(outcome));
    const records = Readable.fromWeb(exportRecords(storeOver(storage), { prefix, onRecord }) as NodeReadableStream);
    try {
      await pipeline(records, createWriteStream(unfinished));
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  });
  outcomes.tell(file, json);
}

/** Archives keep the bytes of records, so no result is ever serialized. */
function storeOver(resultStorage: ResultStorage): ResultStore {
  return new ResultStore({ resultStorage, serializer: new JsonSerializer() });
}

/** Only a bar needs the number, and listing takes a request for each 1,000 records. */
async function countForBar(storage: ResultStorage, prefix: string | undefined): Promise<number> {
  let count = 0;
  if (!process.stderr.isTTY) return count;
  for await (const _ of countWhile("Listing", listAll(storage, { prefix }))) count++;
  return count;
}

async function importFrom(file: string, options: ImportOptions): Promise<void> {
  const { skipExisting, json } = options;
  const store = storeOver(openStorage(options));
  const { size } = await stat(file);
  const outcomes = new Outcomes("imported");
  await withProgress("Importing", size, (progress) => {
    const onRecord = (outcome: RecordOutcome) => progress.advance(outcome.bytes, outcomes.add(outcome));
    const stream = Readable.toWeb(createReadStream(file)) as unknown as ReadableStream<Uint8Array>;
    return importRecords(store, stream, { onRecord, existing: skipExisting ? "keep" : "replace" });
  });
  outcomes.tell(file, json);
}

/** Counts what became of the records, and tells of it. */
class Outcomes {
  readonly #verb: "exported" | "imported";
  readonly #refused: RecordOutcome[] = [];
  #done = 0;
  #skipped = 0;
  #bytes = 0;

  constructor(verb: "exported" | "imported") {
    this.#verb = verb;
  }

  /** Returns the progress in words. */
  add(outcome: RecordOutcome): string {
    if (outcome.status === "refused") this.#refused.push(outcome);
    else if (outcome.status === "skipped") this.#skipped++;
    else {
      this.#done++;
      this.#bytes += outcome.bytes;
    }
    return this.#summary();
  }

  #summary(): string {
    const skipped = this.#skipped > 0 ? `, skipped ${this.#skipped.toLocaleString("en")}` : "";
    const refused = this.#refused.length > 0 ? `, refused ${this.#refused.length.toLocaleString("en")}` : "";
    return `${this.#verb} ${countOf(this.#done, "record")}, ${formatBytes(this.#bytes)}${skipped}${refused}`;
  }

  /** Throws `FailedError` if records were refused. */
  tell(file: string, asJson: true | undefined): void {
    const refused = this.#refused;
    if (asJson) {
      const failures = refused.map(({ key, error }) => ({
        key,
        code: isRepriseError(error) ? error.code : "FAILED",
        message: error?.message,
      }));
      printJson({ file, [this.#verb]: this.#done, skipped: this.#skipped, bytes: this.#bytes, refused: failures });
    } else {
      for (const { key, error } of refused.slice(0, shownRefusals))
        note(`reprise: ${inOneLine(`${key}: ${error?.message}`)}`);
      if (refused.length > shownRefusals) note(`reprise: and ${refused.length - shownRefusals} more`);
      note(`${file}: ${this.#summary()}`);
    }
    if (refused.length > 0) throw new FailedError("Some records were refused", { isTold: true });
  }
}
