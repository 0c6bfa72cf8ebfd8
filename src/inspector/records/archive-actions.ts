import { exportRecords } from "../../core/archive/export-records.ts";
import { importRecords } from "../../core/archive/import-records.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { element } from "../elements/dom.ts";
import { countOf } from "../words/format.ts";
import type { RecordQuery } from "./record-pages.ts";

/** Saves all records with a prefix as a file of `reprise export`. Resolves to the outcome in words. */
export async function saveArchive(store: ResultStore, { prefix, scope }: RecordQuery): Promise<string> {
  const counts = { done: 0, skipped: 0, refused: 0 };
  const stream = exportRecords(store, { prefix, scope, onRecord: ({ status }) => void counts[status]++ });
  const url = URL.createObjectURL(await new Response(stream).blob());
  element("a", { href: url, download: `reprise-${new Date().toISOString().slice(0, 10)}.tar` }).click();
  // the browser has taken the file by then
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  const { done, refused } = counts;
  return `${countOf(done)} exported${refused > 0 ? `, and ${countOf(refused)} left out because they are damaged` : ""}.`;
}

/** Writes the records of a file into the store. Resolves to the outcome in words, with the first reason for a refusal. */
export async function loadArchive(store: ResultStore, file: Blob): Promise<string> {
  let reason = "";
  const { imported, skipped, refused } = await importRecords(store, file, {
    onRecord: ({ error }) => (reason ||= error?.message ?? ""),
  });
  const others = [skipped > 0 && `${skipped} expired`, refused > 0 && `${refused} refused: ${reason}`].filter(Boolean);
  return `${countOf(imported)} imported${others.length > 0 ? `; ${others.join(", ")}` : ""}.`;
}
