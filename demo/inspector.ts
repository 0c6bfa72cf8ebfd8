import type { ResultRecordMetadata, StoreEvent } from "reprise";
import { onStoreEvent, store } from "./density-maps.ts";
import { byId } from "./dom.ts";
import { formatBytes, formatError } from "./format.ts";
import { describeRecord } from "./record-dialog.ts";
import { RecordTable } from "./record-table.ts";

const changing: readonly StoreEvent["type"][] = ["write", "delete", "clear", "sweep", "invalidate"];

/** The records that the store has, whoever wrote them. */
export class Inspector {
  readonly #table = new RecordTable(byId("records", HTMLTableSectionElement), {
    onLook: (key) => void this.#act(() => this.#look(key)),
    onDelete: (key) => void this.#act(() => deleteRecord(key)),
  });
  readonly #summary = byId("records-summary", HTMLElement);
  readonly #message = byId("records-message", HTMLElement);
  readonly #dialog = byId("record", HTMLDialogElement);
  #current = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor() {
    byId("sweep", HTMLButtonElement).addEventListener("click", () => void this.#act(sweep));
    byId("clear", HTMLButtonElement).addEventListener("click", () => void this.#act(clear));
    onStoreEvent(({ type }) => {
      if (changing.includes(type)) void this.refresh();
    });
    // ages go on, and records expire
    setInterval(() => document.visibilityState === "visible" && void this.refresh(), 10_000);
  }

  /** Lists again. Calls that come while a listing runs share the next one. */
  refresh(): Promise<void> {
    return (this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      return (this.#current = this.#list().catch((error: unknown) => {
        this.#summary.textContent = `The records can't be listed. ${formatError(error)}`;
      }));
    }));
  }

  async #list(): Promise<void> {
    const records = await listAll();
    this.#table.show(records);
    const bytes = records.reduce((sum, { size = 0 }) => sum + size, 0);
    this.#summary.textContent =
      records.length === 0
        ? "None yet."
        : `${records.length} ${records.length === 1 ? "record" : "records"}, ${formatBytes(bytes)}.`;
  }

  async #look(key: string): Promise<string> {
    const record = await store.read(key, { allowExpired: true });
    if (record === undefined) return "That record is gone.";
    this.#dialog.querySelector("h3")?.replaceChildren(key);
    this.#dialog.querySelector("pre")?.replaceChildren(describeRecord(record));
    this.#dialog.showModal();
    return "";
  }

  /** Says what `work` gives, or what it throws, once the list shows it. */
  async #act(work: () => Promise<string>): Promise<void> {
    const message = await work().catch(formatError);
    await this.refresh();
    this.#message.textContent = message;
  }
}

async function listAll(): Promise<ResultRecordMetadata[]> {
  const records: ResultRecordMetadata[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor, allowExpired: true });
    records.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return records;
}

async function deleteRecord(key: string): Promise<string> {
  return (await store.delete(key)) ? `${key} is deleted.` : "That record was gone already.";
}

async function sweep(): Promise<string> {
  const { expired, evicted } = await store.sweep();
  return `Swept: ${expired} expired, ${evicted} evicted.`;
}

async function clear(): Promise<string> {
  await store.clear();
  return "All records are deleted.";
}
