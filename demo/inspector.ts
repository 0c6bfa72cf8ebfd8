import type { ResultRecordMetadata, StoreEvent } from "reprise";
import { onStoreEvent, store } from "./density-maps.ts";
import { button, byId, element } from "./dom.ts";
import { formatBytes, formatError, formatFromNow } from "./format.ts";
import { describeRecord } from "./record-dialog.ts";

const changing: readonly StoreEvent["type"][] = ["write", "delete", "clear", "sweep", "invalidate"];

/** The records that the store has, whoever wrote them. */
export class Inspector {
  readonly #rows = byId("records", HTMLTableSectionElement);
  readonly #summary = byId("records-summary", HTMLElement);
  readonly #dialog = byId("record", HTMLDialogElement);
  #listing = false;
  #again = false;

  constructor() {
    byId("sweep", HTMLButtonElement).addEventListener("click", () => void this.sweep());
    byId("clear", HTMLButtonElement).addEventListener("click", () => void this.clear());
    onStoreEvent(({ type }) => {
      if (changing.includes(type)) void this.refresh();
    });
    // ages go on, and records expire
    setInterval(() => document.visibilityState === "visible" && void this.refresh(), 10_000);
  }

  /** Lists again; calls that come meanwhile share one more listing. */
  async refresh(): Promise<void> {
    this.#again = true;
    if (this.#listing) return;
    this.#listing = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#list();
      }
    } catch (error) {
      this.#summary.textContent = `The records can't be listed. ${formatError(error)}`;
    } finally {
      this.#listing = false;
    }
  }

  async sweep(): Promise<void> {
    await this.#say(async () => {
      const { expired, evicted } = await store.sweep();
      return `Swept: ${expired} expired, ${evicted} evicted.`;
    });
  }

  async clear(): Promise<void> {
    await this.#say(async () => {
      await store.clear();
      return "All records are deleted.";
    });
  }

  async #list(): Promise<void> {
    const records: ResultRecordMetadata[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ ...(cursor !== undefined && { cursor }), allowExpired: true });
      records.push(...page.records);
      cursor = page.cursor;
    } while (cursor !== undefined);
    const focused = document.activeElement?.getAttribute("aria-label");
    this.#rows.replaceChildren(...records.map((record) => this.#row(record)));
    if (focused) this.#rows.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    const bytes = records.reduce((sum, { size = 0 }) => sum + size, 0);
    this.#summary.textContent =
      records.length === 0
        ? "No records yet."
        : `${records.length} ${records.length === 1 ? "record" : "records"}, ${formatBytes(bytes)}.`;
  }

  #row(record: ResultRecordMetadata): HTMLTableRowElement {
    const { storageKey, size = 0, createdAt, expiration, serializer } = record;
    const over = expiration !== undefined && expiration.getTime() <= Date.now();
    const cells: [name: string, content: string][] = [
      ["size", formatBytes(size)],
      ["written", formatFromNow(createdAt)],
      ["expires", expiration === undefined ? "never" : over ? "expired" : formatFromNow(expiration)],
      ["serializer", serializer.type],
    ];
    const row = element(
      "tr",
      { className: over ? "over" : "" },
      element("th", { scope: "row" }, storageKey),
      ...cells.map(([name, content]) => {
        const cell = element("td", {}, content);
        cell.dataset["name"] = name;
        return cell;
      }),
      element(
        "td",
        { className: "actions" },
        button("Look", () => void this.#look(storageKey), `Look at ${storageKey}`),
        button("Delete", () => void this.#delete(storageKey), `Delete ${storageKey}`),
      ),
    );
    row.dataset["key"] = storageKey;
    return row;
  }

  async #look(key: string): Promise<void> {
    await this.#say(async () => {
      const record = await store.read(key, { allowExpired: true });
      if (record === undefined) return "That record is gone.";
      this.#dialog.querySelector("h3")?.replaceChildren(key);
      this.#dialog.querySelector("pre")?.replaceChildren(describeRecord(record));
      this.#dialog.showModal();
      return this.#summary.textContent ?? "";
    });
  }

  async #delete(key: string): Promise<void> {
    await this.#say(async () => ((await store.delete(key)) ? `${key} is deleted.` : "That record was gone already."));
  }

  /** Shows what `work` gives after the list is up to date, or what it throws. */
  async #say(work: () => Promise<string>): Promise<void> {
    const text = await work().catch(formatError);
    await this.refresh();
    this.#summary.textContent = text;
  }
}
