import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { Activity } from "../activity/activity.ts";
import { arrange, button, element, setText } from "../elements/dom.ts";
import { roveFocus } from "../elements/roving-focus.ts";
import { describeLifetime, recordFreshness } from "../words/describe-lifetime.ts";
import { formatBytes, formatFromNow, formatTime } from "../words/format.ts";
import { isSortColumn, type RecordOrder, type SortColumn } from "./record-order.ts";

const columns = ["Size", "Age", "Freshness", "Tags", "Last answer"] as const;

export interface RecordTableOptions {
  readonly activity: Activity;
  readonly now: () => number;
  readonly onOpen: (key: string) => void;
  readonly onSort: (column: SortColumn) => void;
}

/** A row for each record. Rows stay the same elements while their records are listed, so that the focus stays too. */
export class RecordTable {
  readonly element: HTMLTableElement;
  readonly #body = element("tbody");
  readonly #heads: readonly HTMLTableCellElement[];
  readonly #options: RecordTableOptions;
  readonly #rows = new Map<string, HTMLTableRowElement>();
  readonly #updateFocus = roveFocus(this.#body, () => [...this.#body.querySelectorAll("button")], [
    "ArrowUp",
    "ArrowDown",
  ]);
  #records: readonly ResultRecordMetadata[] = [];

  constructor(options: RecordTableOptions) {
    this.#options = options;
    this.#heads = ["Key", ...columns].map((name) =>
      element("th", { scope: "col" }, isSortColumn(name) ? button(name, () => options.onSort(name)) : name),
    );
    const head = element("thead", {}, element("tr", {}, ...this.#heads));
    this.element = element("table", { "aria-label": "Records" }, head, this.#body);
  }

  show(records: readonly ResultRecordMetadata[], { column, isDescending }: RecordOrder): void {
    for (const head of this.#heads) {
      if (head.textContent !== column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
    }
    this.#records = records;
    const keys = new Set(records.map(({ storageKey }) => storageKey));
    for (const [key, row] of this.#rows) if (!keys.has(key)) this.#remove(key, row);
    const rows = records.map(({ storageKey }) => this.#rows.get(storageKey) ?? this.#add(storageKey));
    arrange(this.#body, rows);
    this.#updateFocus();
    this.update();
  }

  /** Ages go on, and calls get answers. */
  update(): void {
    for (const metadata of this.#records) this.#fill(this.#rows.get(metadata.storageKey)!, metadata);
  }

  #add(key: string): HTMLTableRowElement {
    const open = button(key, () => this.#options.onOpen(key), { class: "key", title: "Look at the record" });
    const cells = columns.map((name) => element("td", { "data-name": name }));
    const row = element("tr", {}, element("th", { scope: "row" }, open), ...cells);
    this.#rows.set(key, row);
    return row;
  }

  /** The focus of a row that goes moves to its neighbour. */
  #remove(key: string, row: HTMLTableRowElement): void {
    const root = row.getRootNode() as Document | ShadowRoot;
    const hadFocus = row.contains(root.activeElement);
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    this.#rows.delete(key);
    row.remove();
    if (hadFocus) neighbour?.querySelector("button")?.focus();
  }

  #fill(row: HTMLTableRowElement, metadata: ResultRecordMetadata): void {
    const now = this.#options.now();
    const answer = this.#options.activity.answers.get(metadata.storageKey);
    const texts: Readonly<Record<(typeof columns)[number], string>> = {
      Size: formatBytes(metadata.size),
      Age: formatFromNow(metadata.createdAt.getTime(), now),
      Freshness: describeLifetime(metadata, now),
      Tags: metadata.tags?.join(", ") ?? "–",
      "Last answer": answer
        ? `${answer.source}${answer.from === undefined ? "" : ` (${answer.from})`}, ${formatTime(answer.duration)}`
        : "–",
    };
    row.dataset["freshness"] = recordFreshness(metadata, now);
    for (const [index, name] of columns.entries()) setText(row.cells[index + 1]!, texts[name]);
  }
}
