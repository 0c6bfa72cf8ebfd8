import { expect, onTestFinished } from "vitest";
import { createResultStore, type CreateResultStoreOptions } from "../../../src/browser/store/create-result-store.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { inspect, type RepriseInspector } from "../../../src/inspector/index.ts";

/** A store with a database of its own. */
export function freshStore(options: CreateResultStoreOptions = {}): ResultStore {
  const name = options.name ?? crypto.randomUUID();
  const store = createResultStore({ ...options, name });
  onTestFinished(async () => {
    await store.close();
    indexedDB.deleteDatabase(name);
  });
  return store;
}

/** The inspector as its user sees it. */
export class InspectorPage {
  readonly element: RepriseInspector;

  constructor(element: RepriseInspector) {
    this.element = element;
    onTestFinished(() => element.remove());
    // the page around the tests may be scrolled
    element.scrollIntoView();
  }

  /** An element in the page, open. */
  static open(store: ResultStore | undefined, attributes: Readonly<Record<string, string>> = {}): InspectorPage {
    const element = document.createElement("reprise-inspector");
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.store = store;
    document.body.append(element);
    return new InspectorPage(element);
  }

  /** Through the helper that adds a docked element. */
  static inspect(store?: ResultStore): InspectorPage {
    return new InspectorPage(inspect(store));
  }

  get root(): ShadowRoot {
    return this.element.shadowRoot!;
  }

  /** What can be seen of the elements with this selector. */
  all<E extends HTMLElement = HTMLElement>(selector: string): E[] {
    return [...this.root.querySelectorAll<E>(selector)].filter((one) => one.checkVisibility());
  }

  texts(selector: string): string[] {
    return this.all(selector).map(({ innerText }) => innerText.replaceAll(/\s+/g, " ").trim());
  }

  keys(): string[] {
    return this.all("button.key").map(({ textContent }) => textContent);
  }

  button(name: string): HTMLButtonElement {
    const found = this.all<HTMLButtonElement>("button").filter(({ textContent }) => textContent === name);
    if (found.length !== 1) throw new Error(`There are ${found.length} buttons "${name}"`);
    return found[0]!;
  }

  press(name: string): void {
    this.button(name).click();
  }

  field<E extends HTMLInputElement | HTMLSelectElement>(id: string): E {
    return this.root.querySelector<E>(`#${id}`)!;
  }

  filter(prefix: string): void {
    const field = this.field<HTMLInputElement>("filter");
    field.value = prefix;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  /** A key on the focused element. */
  key(key: string): void {
    const { activeElement } = this.root;
    activeElement!.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }),
    );
  }

  get message(): string {
    return this.texts("[role=status]").join(" ");
  }

  async untilKeys(keys: readonly string[]): Promise<void> {
    await expect.poll(() => this.keys()).toEqual(keys);
  }

  /** Opens the dialog of a record. */
  async look(key: string): Promise<HTMLDialogElement> {
    await expect.poll(() => this.keys()).toContain(key);
    // one that was closed goes a moment later
    await expect.poll(() => this.all("dialog")).toHaveLength(0);
    this.press(key);
    await expect.poll(() => this.all("dialog")).toHaveLength(1);
    return this.all<HTMLDialogElement>("dialog")[0]!;
  }
}
