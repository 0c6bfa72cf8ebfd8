import { button, element } from "../support/dom.ts";
import { formatBytes, formatFromNow, formatShortTime } from "../support/format.ts";
import type { AnswerHistory } from "../store/history.ts";
import type { PlacedRecord } from "../store/records.ts";

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

  show(records: readonly PlacedRecord[], history: AnswerHistory): void {
    const keys = new Set(records.map(({ metadata }) => metadata.storageKey));
    for (const [key, row] of this.#rows) if (!keys.has(key)) this.#remove(key, row);
    records.forEach((record, index) => {
      const { storageKey } = record.metadata;
      const row = this.#rows.get(storageKey) ?? this.#add(storageKey);
      fill(row, record, history);
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
    const cells = ["computed in", "replayed in", "size", "computed", "expires", "where"].map((name) => {
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

function fill(row: HTMLTableRowElement, { metadata, here, edge }: PlacedRecord, history: AnswerHistory): void {
  const { size = 0, createdAt, expiration, storageKey } = metadata;
  const { computedIn, replay } = history.of(storageKey);
  const over = expiration !== undefined && expiration.getTime() <= Date.now();
  const texts: Record<string, string> = {
    "computed in": computedIn === undefined ? "–" : formatShortTime(computedIn),
    "replayed in": replay === undefined ? "–" : formatShortTime(replay.duration),
    size: formatBytes(size),
    computed: formatFromNow(createdAt),
    expires: expiration === undefined ? "never" : over ? "expired" : formatFromNow(expiration),
    where: here ? (edge ? "here and edge" : "here") : "edge",
  };
  row.classList.toggle("over", over);
  for (const cell of row.cells) {
    const text = texts[cell.dataset["name"] ?? ""];
    if (text !== undefined) cell.textContent = text;
  }
}
