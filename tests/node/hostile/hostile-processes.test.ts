import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bomb, hostileRecords, recordsAtTheLimit } from "../../core/record/hostile-records.ts";
import { hostileFiles } from "./hostile-files.ts";

const run = promisify(execFile);

/** Milliseconds of the reading thread. */
const patience = 1_500;
/** The highest resident memory above that of the process with the bytes, before it reads them. */
const room = 250e6;

interface Report {
  readonly outcome: string;
  readonly milliseconds: number;
  readonly bytes: number;
}

let folder: string;
let script: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reprise-hostile-"));
  script = join(folder, "read-one.mjs");
  // one file starts in a third of the time
  const entryPoints = [join(import.meta.dirname, "read-one.ts")];
  await build({ entryPoints, outfile: script, bundle: true, platform: "node", format: "esm" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readAlone(reader: string, name: string, bytes: Uint8Array): Promise<Report> {
  const file = join(folder, `${reader}-${name.replaceAll(/\W/g, "-")}`);
  await writeFile(file, bytes);
  const { stdout } = await run(process.execPath, [script, reader, file], { timeout: 15_000 });
  return JSON.parse(stdout) as Report;
}

const answers = {
  zeros: () => bomb("\0", 120_000_000),
  "lists of lists": () => bomb("[[],", 30_000_000),
  "much text": () => bomb(" ", 120_000_000),
  "as many lists as an answer may have": () => bomb(`[[],${" ".repeat(60)}`, 370_000),
  "as many bytes as an answer may have": () => bomb("\0", 2 ** 26 - 8_192),
};

const readers = {
  "answer with a record": answers,
  "answer with a list": answers,
  "answer with a problem": answers,
  "answer about a lock": answers,
  record: { ...hostileRecords, ...recordsAtTheLimit },
  prefect: hostileFiles,
};

describe.concurrent("in a process of its own, reading takes less than 1.5 s and 250 MB", () => {
  for (const [reader, crafted] of Object.entries(readers)) {
    for (const [name, craft] of Object.entries(crafted)) {
      test(`${reader}: ${name}`, async () => {
        const { outcome, milliseconds, bytes } = await readAlone(reader, name, await craft());
        expect(outcome).toMatch(
          reader.startsWith("answer") ? /^(value|STORAGE)$/ : /^(value|CORRUPT_RECORD|UNSUPPORTED_RECORD)$/,
        );
        expect(milliseconds).toBeLessThan(patience);
        expect(bytes).toBeLessThan(room);
      });
    }
  }
});
