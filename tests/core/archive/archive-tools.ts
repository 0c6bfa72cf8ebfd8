import { exportRecords, type ExportRecordsOptions } from "../../../src/core/archive/export-records.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";

export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as BodyInit).arrayBuffer());
}

/** The archive of a store as a file. */
export async function archiveOf(store: ResultStore, options?: ExportRecordsOptions): Promise<Blob> {
  return new Blob([await bytesOf(exportRecords(store, options))]);
}
