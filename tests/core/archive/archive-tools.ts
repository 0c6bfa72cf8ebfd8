import { createTarPacker, type TarHeader } from "modern-tar";
import type { RecordOutcome } from "../../../src/core/archive/archive-format.ts";
import { exportRecords, type ExportRecordsOptions } from "../../../src/core/archive/export-records.ts";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";

const serializer = new JsonSerializer();

export function storeOver(resultStorage: ResultStorage): ResultStore {
  return new ResultStore({ resultStorage, serializer });
}

export function openStore(): { storage: MemoryStorage; store: ResultStore } {
  const storage = new MemoryStorage();
  return { storage, store: storeOver(storage) };
}

export function streamOf(bytes: Uint8Array, chunk = 1_000): ReadableStream<Uint8Array> {
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(start, (start += chunk)));
    },
  });
}

/** An archive of these entries, as another program could write it. */
export async function pack(
  entries: readonly [name: string, body: Uint8Array | string, header?: Partial<TarHeader>][],
): Promise<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const packed = bytesOf(readable);
  for (const [name, body, header] of entries) {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const writer = controller.add({ name, size: bytes.length, ...header }).getWriter();
    if (bytes.length > 0) await writer.write(bytes);
    await writer.close();
  }
  controller.finalize();
  return packed;
}

export const manifest = JSON.stringify({ format: "reprise-archive", version: 1 });

export async function importAll(bytes: Uint8Array, storage = new MemoryStorage(), existing?: "keep") {
  const outcomes: RecordOutcome[] = [];
  await importRecords(storeOver(storage), streamOf(bytes), {
    existing,
    onRecord: (outcome) => outcomes.push(outcome),
  });
  return outcomes;
}

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as BodyInit).arrayBuffer());
}

/** The archive of a store as a file. */
export async function archiveOf(store: ResultStore, options?: ExportRecordsOptions): Promise<Blob> {
  return new Blob([await bytesOf(exportRecords(store, options))]);
}
