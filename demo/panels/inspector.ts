import { isRepriseError, type StoreEvent } from "reprise";
import { byId } from "../support/dom.ts";
import { edgeAnswers } from "../edge/edge.ts";
import { formatBytes, formatError } from "../support/format.ts";
import { describeRecord } from "./record-dialog.ts";
import { RecordTable } from "./record-table.ts";
import { listRecords, type PlacedRecord } from "../store/records.ts";
import type { PageOptions } from "../density/settings.ts";
import type { AnswerHistory } from "../store/history.ts";
import { localStore, onStoreEvent, storeFor } from "../store/stores.ts";

const changing: readonly StoreEvent["type"][] = ["write", "delete", "clear", "sweep", "invalidate", "change", "online"];

/** The records that this browser and the edge have, whoever wrote them. */
export class Inspector {
  readonly #table = new RecordTable(byId("records", HTMLTableSectionElement), {
    onLook: (key) => void this.#act(() => this.#look(key)),
    onDelete: (key) => void this.#act(() => this.#delete(key)),
  });
  readonly #options: () => PageOptions;
  readonly #history: AnswerHistory;
  readonly #section = byId("results", HTMLElement);
  readonly #summary = byId("records-summary", HTMLElement);
  readonly #message = byId("records-message", HTMLElement);
  readonly #dialog = byId("record", HTMLDialogElement);
  #current = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `options`: what the page is set to. */
  constructor(options: () => PageOptions, history: AnswerHistory) {
    this.#options = options;
    this.#history = history;
    byId("sweep", HTMLButtonElement).addEventListener("click", () => void this.#act(sweep));
    byId("clear", HTMLButtonElement).addEventListener("click", () => void this.#act(() => this.#clear()));
    onStoreEvent((event) => {
      // what came from the edge is kept here too
      const isCopied = event.type === "done" && event.from === "http";
      if (isCopied || changing.includes(event.type)) void this.refresh();
    });
    // ages go on, and records expire
    setInterval(() => document.visibilityState === "visible" && void this.refresh(), 10_000);
  }

  /** Lists again. Calls that come while a listing runs share the next one. */
  refresh(): Promise<void> {
    return (this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      return (this.#current = this.#list().catch((error: unknown) => {
        this.#section.hidden = false;
        this.#summary.textContent = `The kept maps can’t be listed. ${formatError(error)}`;
      }));
    }));
  }

  async #list(): Promise<void> {
    const records = await this.#records();
    this.#table.show(records, this.#history);
    const bytes = records.reduce((sum, { metadata: { size = 0 } }) => sum + size, 0);
    if (records.length === 0 && this.#section.contains(document.activeElement))
      byId("compute", HTMLButtonElement).focus({ preventScroll: true });
    this.#section.hidden = records.length === 0;
    this.#summary.textContent = `${records.length} ${records.length === 1 ? "map" : "maps"}, ${formatBytes(bytes)}.`;
  }

  /** Where the edge can't be reached, those of this browser. */
  async #records(): Promise<PlacedRecord[]> {
    const options = this.#options();
    try {
      return await listRecords(options);
    } catch (error) {
      if (!isRepriseError(error) || error.code !== "STORAGE_UNREACHABLE") throw error;
      return listRecords({ ...options, edge: false });
    }
  }

  async #look(key: string): Promise<string> {
    const record = await storeFor(this.#options()).read(key, { allowExpired: true });
    if (record === undefined) return "That map is gone.";
    this.#dialog.querySelector("h2")?.replaceChildren(key);
    this.#dialog.querySelector("pre")?.replaceChildren(describeRecord(record));
    this.#dialog.showModal();
    return "";
  }

  /** Wherever it lies. */
  async #delete(key: string): Promise<string> {
    const options = this.#options();
    if (!(await storeFor(options).delete(key))) return "That map was gone already.";
    const where = options.edge && edgeAnswers ? "in this browser and at the edge, so for everybody" : "in this browser";
    return `${key} is deleted ${where}.`;
  }

  /** The times go too, so that the page begins anew. */
  async #clear(): Promise<string> {
    await localStore.clear();
    this.#history.clear();
    return `All maps are deleted in this browser${edgeAnswers ? "; those at the edge stay" : ""}.`;
  }

  /** Says what `work` gives, or what it throws, once the list shows it. */
  async #act(work: () => Promise<string>): Promise<void> {
    const message = await work().catch(formatError);
    await this.refresh();
    this.#message.textContent = message;
  }
}

async function sweep(): Promise<string> {
  const { expired, evicted } = await localStore.sweep();
  const deleted = `${expired} expired ${expired === 1 ? "map was" : "maps were"} deleted in this browser`;
  return evicted === 0 ? `${deleted}.` : `${deleted}, and ${evicted} more to make room.`;
}
