import type { ResultRecordMetadata } from "reprise";
import { button, element } from "./dom.ts";
import { formatBytes, formatFromNow } from "./format.ts";

export interface RecordActions {
  readonly onLook: (key: string) => void;
  readonly onDelete: (key: string) => void;
}

/** A row for each record. Rows stay the same elements while they are listed, so that the focus stays on their buttons. */
export class RecordTable {
  readonly #body: HTMLTableSectionElement;
  readonly #actions: RecordActions;
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(body: HTMLTableSectionElement, actions: RecordActions) {
    this.#body = body;
    this.#actions = actions;
  }

  show(records: readonly ResultRecordMetadata[]): void {
    const keys = new Set(records.map(({ storageKey }) => storageKey));
    for (const [key, row] of this.#rows) if (!keys.has(key)) this.#remove(key, row);
    records.forEach((record, index) => {
      const row = this.#rows.get(record.storageKey) ?? this.#add(record.storageKey);
      fill(row, record);
      const there = this.#body.rows[index];
      if (there !== row) this.#body.insertBefore(row, there ?? null);
    });
  }

  /** Who deletes by keyboard goes on at the record that follows. */
  #remove(key: string, row: HTMLTableRowElement): void {
    const hadFocus = row.contains(document.activeElement);
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    this.#rows.delete(key);
    row.remove();
    if (hadFocus) neighbour?.querySelector("button")?.focus();
  }

  #add(key: string): HTMLTableRowElement {
    const cells = ["size", "written", "expires", "serializer"].map((name) => {
      const cell = element("td", {});
      cell.dataset["name"] = name;
      return cell;
    });
    const { onLook, onDelete } = this.#actions;
    const actions = element(
      "td",
      { className: "actions" },
      button("Look", () => onLook(key), `Look at ${key}`),
      button("Delete", () => onDelete(key), `Delete ${key}`),
    );
    const row = element("tr", {}, element("th", { scope: "row" }, key), ...cells, actions);
    row.dataset["key"] = key;
    this.#rows.set(key, row);
    return row;
  }
}

function fill(row: HTMLTableRowElement, { size = 0, createdAt, expiration, serializer }: ResultRecordMetadata): void {
  const over = expiration !== undefined && expiration.getTime() <= Date.now();
  const texts: Record<string, string> = {
    size: formatBytes(size),
    written: formatFromNow(createdAt),
    expires: expiration === undefined ? "never" : over ? "expired" : formatFromNow(expiration),
    serializer: serializer.type,
  };
  row.classList.toggle("over", over);
  for (const cell of row.cells) {
    const text = texts[cell.dataset["name"] ?? ""];
    if (text !== undefined) cell.textContent = text;
  }
}
