import { internals } from "../../core/store/store-internals.ts";
import type { StoreEvent } from "../../core/events/store-event.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import type { Activity } from "../activity/activity.ts";
import { confirmIn } from "../elements/dialogs.ts";
import { button, element, setText } from "../elements/dom.ts";
import { Refresher } from "../elements/refresher.ts";
import type { Panel } from "../elements/tabs.ts";
import { describeTarget } from "../words/describe-event.ts";
import { formatError } from "../words/format.ts";
import { loadArchive, saveArchive } from "./archive-actions.ts";
import { endMatching, findRecord, sweep } from "./record-actions.ts";
import { openRecord } from "./record-dialog.ts";
import { orderBy } from "./record-order.ts";
import { describePage, RecordPages, type RecordQuery } from "./record-pages.ts";
import { RecordTable } from "./record-table.ts";
import { createToolbar } from "./records-toolbar.ts";

/** Milliseconds in which changes of records, or of the filter, join. */
const joinDelay = 250;

/** The records of a store, page by page, and the actions on them. It reads the storage when records change, and on request. */
export class RecordsPanel implements Panel {
  readonly name = "Records";
  readonly element: HTMLElement;
  readonly #store: ResultStore;
  readonly #activity: Activity;
  readonly #pages: RecordPages;
  readonly #table: RecordTable;
  readonly #scroller = element("div", { class: "scroller" });
  readonly #message = element("p", { role: "status", class: "hint" });
  readonly #place = element("span", { class: "hint" });
  readonly #previous = button("Previous", () => this.#turn(() => this.#pages.previous()), { class: "quiet" });
  readonly #next = button("Next", () => this.#turn(() => this.#pages.next()), { class: "quiet" });
  readonly #refresher = new Refresher(() => this.#list(), { delay: joinDelay });
  readonly #ages = new Refresher(async () => this.#table.update(), { delay: joinDelay, every: 5_000 });
  readonly #unwatch: () => void;
  /** Counts the keys that were pressed. The latest one opens, so that two quick presses have one dialog. */
  #opening = 0;

  constructor(store: ResultStore, activity: Activity) {
    this.#store = store;
    this.#activity = activity;
    this.#pages = new RecordPages(store);
    this.#table = new RecordTable({
      activity,
      now: store.now,
      onOpen: (key) => void this.#open(key),
      onSort: (column) => this.#choose({ order: orderBy(column, this.#pages.query.order) }),
    });
    this.#unwatch = store[internals].watch(() => this.#refresh());
    this.#scroller.append(this.#table.element);
    const paging = element("nav", { class: "bar", "aria-label": "Pages" }, this.#previous, this.#next, this.#place);
    this.element = element("div", { class: "panel" }, this.#createToolbar(), this.#message, paging, this.#scroller);
  }

  show(isVisible: boolean): void {
    this.#refresher.show(isVisible);
    this.#ages.show(isVisible);
  }

  noteEvent({ type }: StoreEvent): void {
    if (type === "sweep" || type === "online" || type === "fallback") this.#refresh();
    else if (type === "done") this.#ages.request();
  }

  close(): void {
    this.#unwatch();
    // a question is answered with no
    for (const dialog of this.element.querySelectorAll("dialog")) dialog.close();
  }

  #createToolbar(): HTMLElement {
    const store = this.#store;
    return createToolbar({
      isShared: store.resultStorage.local !== undefined,
      onFilter: (prefix) => this.#choose({ prefix }, joinDelay),
      onScope: (scope) => this.#choose({ scope }),
      onRefresh: () => this.#refresh(0),
      onImport: (file) => void this.#act(() => loadArchive(store, file)),
      actions: {
        "Expire matching": () => void this.#end("expire"),
        "Delete matching": () => void this.#end("delete"),
        "Export matching": () => void this.#act(() => saveArchive(store, this.#pages.query)),
        "Delete expired": () => void this.#act(() => sweep(store)),
      },
    });
  }

  /** Lists again, because records may have changed. */
  #refresh(delay = joinDelay): void {
    this.#pages.noteChange();
    this.#refresher.request(delay);
  }

  #choose(change: Partial<RecordQuery>, delay?: number): void {
    this.#turn(() => this.#pages.choose(change), delay);
  }

  #turn(change: () => void, delay = 0): void {
    change();
    this.#scroller.scrollTop = 0;
    this.#refresher.request(delay);
  }

  async #list(): Promise<void> {
    try {
      const page = await this.#pages.load();
      // another page is on its way
      if (!page) return this.#refresher.request(0);
      this.#table.show(page.records, page.query.order);
      this.#previous.disabled = page.number === 1;
      this.#next.disabled = page.cursor === undefined;
      setText(this.#place, describePage(page));
    } catch (error) {
      setText(this.#place, `The records can’t be listed. ${formatError(error)}`);
    }
  }

  async #open(key: string): Promise<void> {
    const { scope } = this.#pages.query;
    const opening = ++this.#opening;
    try {
      const found = await findRecord(this.#store, key, scope);
      // a modal dialog in a hidden view would block the page, and nobody would see why
      if (this.#opening !== opening || !this.#place.checkVisibility() || this.element.querySelector("dialog[open]"))
        return;
      if (!found) return this.#say(`“${key}” is gone.`);
      openRecord({
        place: this.element,
        store: this.#store,
        key,
        scope,
        found,
        events: this.#activity.eventsOf(key),
        act: (action) => void this.#act(action),
      });
    } catch (error) {
      this.#say(formatError(error));
    }
  }

  async #end(mode: "expire" | "delete"): Promise<void> {
    const { prefix, scope } = this.#pages.query;
    const target = describeTarget(prefix === "" ? "all" : { prefix });
    const where =
      this.#store.resultStorage.local && (scope === "local" ? " in this browser" : " here and on the Worker");
    const verb = mode === "expire" ? "Expire" : "Delete";
    if (!(await confirmIn(this.element, `${verb} ${target}${where ?? ""}?`, verb))) return;
    await this.#act(() => endMatching(this.#store, { prefix, scope }, mode));
  }

  /** Says the outcome of an action, or the error that it throws, and lists again. */
  async #act(action: () => Promise<string>): Promise<void> {
    this.#say(await action().catch(formatError));
    this.#refresh(0);
  }

  #say(message: string): void {
    setText(this.#message, message);
  }
}
