// Reads one file in a process of its own, and prints what became of it and what it took. Arguments: reader, file.
import { readFile } from "node:fs/promises";
import process from "node:process";
import "../../../src/core/context/built-in-serializers.ts";
import { ResultRecord } from "../../../src/core/record/result-record.ts";
import { isRepriseError } from "../../../src/errors/index.ts";
import { HttpLocks } from "../../../src/http/http-locks.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { readPrefectRecord } from "../../../src/prefect/index.ts";

/** The highest resident memory of this program. Where a kernel tells it of the process alone, it includes that of the parent. */
async function peakMemory(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const [, kilobytes] = /VmHWM:\s*(\d+)/.exec(status) ?? [];
  return 1_024 * Number(kilobytes ?? process.resourceUsage().maxRSS);
}

/** A server's answer that was compressed on its way. */
function answer(type: string, status = 200): Response {
  const body = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { status, headers: { "content-type": type, etag: '"e"' } });
}

const readers: Readonly<Record<string, () => Promise<unknown>>> = {
  record: async () => (await ResultRecord.deserialize(bytes)).result,
  prefect: async () => (await readPrefectRecord(bytes)).result,
  "answer with a record": () => storageOf("application/vnd.reprise.record").read("k"),
  "answer with a list": () => storageOf("application/json").list(),
  "answer with a problem": () => storageOf("application/problem+json", 404).read("k"),
  "answer about a lock": () => new HttpLocks({ url, fetch: async () => answer("application/json") }).inspect("k"),
};
const url = "http://localhost";
const storageOf = (...given: Parameters<typeof answer>) =>
  new HttpStorage({ url, fetch: async () => answer(...given) });

const [, , reader, file] = process.argv;
const bytes = new Uint8Array(await readFile(file!));
const idle = process.memoryUsage().rss;
const { user, system } = process.threadCpuUsage();

let outcome = "value";
// the value is still there when the memory is measured
let value: unknown;
const read = readers[reader!]!;
try {
  value = await read();
} catch (error) {
  outcome = isRepriseError(error) ? error.code : `raw ${String(error)}`;
}
const took = process.threadCpuUsage();
process.stdout.write(
  JSON.stringify({
    outcome,
    type: typeof value,
    milliseconds: (took.user + took.system - user - system) / 1_000,
    bytes: (await peakMemory()) - idle,
  }),
);
