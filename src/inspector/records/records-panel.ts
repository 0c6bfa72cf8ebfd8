import { internals } from "../../core/store/store-internals.ts";
import type { StoreEvent } from "../../core/events/store-event.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import type { Activity } from "../activity/activity.ts";
import { confirmIn } from "../elements/dialogs.ts";
import { button, element, setText } from "../elements/dom.ts";
import { Refresher } from "../elements/refresher.ts";
import type { Panel } from "../elements/tabs.ts";
import { describeTarget } from "../words/describe-event.ts";
import { countOf, formatError } from "../words/format.ts";
import { loadArchive, saveArchive } from "./archive-actions.ts";
import { changeExpiration, endMatching, findRecord } from "./record-actions.ts";
import { openRecord } from "./record-dialog.ts";
import { RecordPages } from "./record-pages.ts";
import { RecordTable } from "./record-table.ts";
import { createToolbar } from "./records-toolbar.ts";

/** The records of a store, page by page, and the actions on them. It reads the storage when records change, and on request. */
export class RecordsPanel implements Panel {
  readonly name = "Records";
  readonly element: HTMLElement;
  readonly #store: ResultStore;
  readonly #activity: Activity;
  readonly #pages: RecordPages;
  readonly #table: RecordTable;
  readonly #message = element("p", { role: "status", class: "hint" });
  readonly #place = element("span", { class: "hint" });
  readonly #previous = button("Previous", () => this.#turn(() => this.#pages.previous()), { class: "quiet" });
  readonly #next = button("Next", () => this.#turn(() => this.#pages.next()), { class: "quiet" });
  readonly #refresher = new Refresher(() => this.#list(), { delay: 250 });
  readonly #ages = new Refresher(async () => this.#table.update(), { delay: 250, every: 5_000 });
  readonly #unwatch: () => void;
  /** Counts the keys that were pressed. The latest one opens, so that two quick presses have one dialog. */
  #opening = 0;

  constructor(store: ResultStore, activity: Activity) {
    this.#store = store;
    this.#activity = activity;
    this.#pages = new RecordPages(store);
    this.#table = new RecordTable(activity, store.now, (key) => void this.#open(key));
    this.#unwatch = store[internals].watch(() => this.#refresher.request());
    const paging = element("nav", { class: "bar", "aria-label": "Pages" }, this.#previous, this.#place, this.#next);
    this.element = element(
      "div",
      { class: "panel" },
      this.#createToolbar(),
      this.#message,
      element("div", { class: "scroller" }, this.#table.element),
      paging,
    );
  }

  show(isVisible: boolean): void {
    this.#refresher.show(isVisible);
    this.#ages.show(isVisible);
  }

  noteEvent({ type }: StoreEvent): void {
    if (type === "sweep" || type === "online" || type === "fallback") this.#refresher.request();
    else if (type === "done") this.#ages.request();
  }

  close(): void {
    this.#unwatch();
  }

  #createToolbar(): HTMLElement {
    const pages = this.#pages;
    return createToolbar({
      isShared: this.#store.resultStorage.local !== undefined,
      onFilter: (prefix) => this.#turn(() => (pages.prefix = prefix)),
      onScope: (scope) =>
        this.#turn(() => {
          pages.scope = scope;
          pages.first();
        }),
      onRefresh: () => this.#refresher.request(),
      onSweep: () => void this.#act(() => this.#sweep()),
      onExpire: () => void this.#end("expire"),
      onDelete: () => void this.#end("delete"),
      onExport: () => void this.#act(() => saveArchive(this.#store, pages.prefix, pages.scope)),
      onImport: (file) => void this.#act(() => loadArchive(this.#store, file)),
    });
  }

  #turn(change: () => void): void {
    change();
    this.#refresher.request();
  }

  async #list(): Promise<void> {
    try {
      const records = await this.#pages.load();
      // another page is on its way
      if (!records) return this.#refresher.request();
      this.#table.show(records);
      const { number, hasNext, hasPrevious, prefix } = this.#pages;
      this.#previous.disabled = !hasPrevious;
      this.#next.disabled = !hasNext;
      const empty = prefix === "" ? "There are no records." : `No key begins with “${prefix}”.`;
      const many = `Page ${number}, ${countOf(records.length)}${hasNext ? ", and there are more" : ""}.`;
      setText(this.#place, records.length === 0 && !hasPrevious && !hasNext ? empty : many);
    } catch (error) {
      setText(this.#place, `The records can’t be listed. ${formatError(error)}`);
    }
  }

  async #open(key: string): Promise<void> {
    const { scope } = this.#pages;
    const opening = ++this.#opening;
    try {
      const record = await findRecord(this.#store, key, scope);
      // a modal dialog in a hidden view would block the page, and nobody would see why
      if (this.#opening !== opening || !this.#place.checkVisibility() || this.element.querySelector("dialog[open]"))
        return;
      if (!record) return this.#say(`“${key}” is gone.`);
      openRecord({
        place: this.element,
        key,
        record,
        events: this.#activity.eventsOf(key),
        now: this.#store.now(),
        onExpire: () => void this.#act(() => this.#expire(key)),
        onDelete: () => void this.#act(() => this.#delete(key)),
        onChangeExpiration: (expiration) => void this.#act(() => this.#changeExpiration(key, expiration)),
      });
    } catch (error) {
      this.#say(formatError(error));
    }
  }

  async #expire(key: string): Promise<string> {
    await this.#store.invalidate(key, { mode: "expire", scope: this.#pages.scope });
    return `“${key}” has expired.`;
  }

  async #delete(key: string): Promise<string> {
    const { scope } = this.#pages;
    const wasThere = await this.#store.delete(key, { scope });
    return wasThere ? `“${key}” is deleted.` : `“${key}” was gone already.`;
  }

  async #changeExpiration(key: string, expiration: Date | undefined): Promise<string> {
    if (!(await changeExpiration(this.#store, key, expiration))) return `“${key}” is gone.`;
    return `“${key}” ${expiration ? `expires at ${expiration.toISOString()}` : "never expires"}.`;
  }

  async #end(mode: "expire" | "delete"): Promise<void> {
    const { prefix, scope } = this.#pages;
    const target = describeTarget(prefix === "" ? "all" : { prefix });
    const where =
      this.#store.resultStorage.local && (scope === "local" ? " in this browser" : " here and on the Worker");
    const verb = mode === "expire" ? "Expire" : "Delete";
    if (!(await confirmIn(this.element, `${verb} ${target}${where ?? ""}?`, verb))) return;
    await this.#act(async () => {
      await endMatching(this.#store, prefix, mode, scope);
      return `${target[0]!.toUpperCase()}${target.slice(1)} ${mode === "expire" ? "have expired" : "are deleted"}.`;
    });
  }

  async #sweep(): Promise<string> {
    const { expired, evicted } = await this.#store.sweep();
    return `${countOf(expired, "expired record")} deleted${evicted > 0 ? `, and ${evicted} more to make room` : ""}.`;
  }

  /** Says the outcome of `work`, or the error that it throws, and lists again. */
  async #act(work: () => Promise<string>): Promise<void> {
    this.#say(await work().catch(formatError));
    this.#refresher.request();
  }

  #say(message: string): void {
    setText(this.#message, message);
  }
}
