import type { StoreEvent } from "reprise";
import { byId, element } from "../support/dom.ts";
import { otherTabsLocks } from "../store/other-tabs.ts";
import { onStoreEvent, storeName } from "../store/stores.ts";

interface OwnLock {
  readonly key: string;
  readonly held: boolean;
  readonly token?: number;
}

/** The locks that this tab holds and waits for, as its events tell, and those of other tabs, as the browser tells. */
export class LocksPanel {
  readonly #section = byId("locks-section", HTMLElement);
  readonly #list = byId("locks", HTMLUListElement);
  /** By holder. */
  readonly #own = new Map<string, OwnLock>();

  constructor() {
    onStoreEvent((event) => this.#observe(event));
    setInterval(() => document.visibilityState === "visible" && void this.refresh(), 1_000);
  }

  async refresh(): Promise<void> {
    const others = await otherTabsLocks(storeName);
    const items = [
      ...[...this.#own.values()].map(({ key, held, token }) =>
        item(held ? "held by this tab" : "this tab waits", key, token === undefined ? "" : `token ${token}`),
      ),
      ...others.map(({ key, held }) => item(held ? "held by another tab" : "another tab waits", key, "")),
    ];
    this.#section.hidden = items.length === 0;
    this.#list.replaceChildren(...items);
  }

  #observe(event: StoreEvent): void {
    const { type } = event;
    if (type === "lock-wait") this.#own.set(event.holder, { key: event.key, held: false });
    else if (type === "lock-acquired") this.#own.set(event.holder, { key: event.key, held: true, token: event.token });
    else if (type === "lock-released" || type === "lock-lost" || type === "lock-error") this.#own.delete(event.holder);
    else if (type === "done") this.#forgetWaiters(event.key);
    else return;
    void this.refresh();
  }

  /** Who waited and was answered by another tab's record never had a lock to release. */
  #forgetWaiters(key: string): void {
    for (const [holder, lock] of this.#own) if (lock.key === key && !lock.held) this.#own.delete(holder);
  }
}

function item(state: string, name: string, detail: string): HTMLLIElement {
  return element(
    "li",
    {},
    element("span", { className: "lock-state" }, state),
    element("code", {}, name),
    element("span", { className: "detail" }, detail),
  );
}
