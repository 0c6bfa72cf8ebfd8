import { exportRecords } from "../../core/archive/export-records.ts";
import { importRecords } from "../../core/archive/import-records.ts";
import { storageIn } from "../../core/store/changes.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { internals } from "../../core/store/store-internals.ts";
import { element } from "../elements/dom.ts";
import { countOf } from "../words/format.ts";
import type { Scope } from "./record-actions.ts";

/** Saves all records with a prefix as a file of `reprise export`. Resolves to what happened, in words. */
export async function saveArchive(store: ResultStore, prefix: string, scope: Scope): Promise<string> {
  let [done, refused] = [0, 0];
  const stream = exportRecords(storageIn(store.resultStorage, scope), {
    prefix,
    onRecord: ({ status }) => (status === "done" ? done++ : refused++),
  });
  const blob = await new Response(stream as BodyInit).blob();
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: `reprise-${new Date().toISOString().slice(0, 10)}.tar` }).click();
  // the browser has taken the file by then
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return `${countOf(done)} exported${refused > 0 ? `, and ${countOf(refused)} left out because they are damaged` : ""}.`;
}

/** Writes the records of a file into the store. */
export async function loadArchive(store: ResultStore, file: Blob): Promise<string> {
  const keys: string[] = [];
  let [skipped, refused] = [0, 0];
  await importRecords(store.resultStorage, file.stream(), {
    onRecord: ({ key, status }) => {
      if (status === "done") keys.push(key);
      else if (status === "skipped") skipped++;
      else refused++;
    },
  }).finally(() => {
    if (keys.length > 0) store[internals].noteInvalidation({ keys });
  });
  const others = [skipped > 0 && `${skipped} expired`, refused > 0 && `${refused} damaged`].filter(Boolean);
  return `${countOf(keys.length)} imported${others.length > 0 ? `; ${others.join(", ")}` : ""}.`;
}
