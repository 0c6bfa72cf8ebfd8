import { usedDefaultStore } from "../core/runtime/runtime.ts";
import type { ResultStore } from "../core/store/result-store.ts";
import { assertStore } from "../core/store/store-internals.ts";
import { button, element } from "./elements/dom.ts";
import { styles } from "./elements/styles.ts";
import { createView, type InspectorView } from "./inspector-view.ts";

/** Node and Workers have no elements, and may import this module all the same. */
const { HTMLElement = Object as never } = globalThis as { HTMLElement?: typeof globalThis.HTMLElement };

let sheet: CSSStyleSheet | undefined;

/** Milliseconds between looks for the page's default store, as long as there is none. */
const lookInterval = 500;

/**
 * The element `<reprise-inspector>`. It shows the records, locks, computations and events of a store, and changes its records.
 *
 * - Property `store`: the store. Without it the element shows the page's default store, once a task has used that.
 * - Attribute `docked`: fixes it to the bottom of the page, behind a button.
 * - Attribute `theme`: `"light"` or `"dark"`. Without it the colours follow the `color-scheme` of the page.
 *
 * It listens to the store only while it is in a document, and reads records only while it can be seen.
 */
export class RepriseInspector extends HTMLElement {
  /** @internal */
  static readonly observedAttributes = ["docked"];
  readonly #body = element("div", { class: "body", id: "body" });
  readonly #head = element("div", { class: "head" });
  /** A button if the element is docked, otherwise a name. */
  readonly #titles = [
    button("Reprise", () => this.#open(!this.#isOpen), { class: "toggle", "aria-controls": "body" }),
    element("span", { class: "name" }, "Reprise"),
  ] as const;
  readonly #root = element("div", { class: "root", role: "region", "aria-label": "Reprise inspector" });
  #store: ResultStore | undefined;
  #view: InspectorView | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #isOpen = false;
  /** Whether it is on the visible part of the page. */
  #isSeen = false;
  #observer: IntersectionObserver | undefined;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(styles);
    shadow.adoptedStyleSheets = [sheet];
    this.#root.append(this.#head, this.#body);
    this.#root.addEventListener("keydown", (event) => this.#onKey(event));
    shadow.append(this.#root);
  }

  /** The store that it shows. Throws `InvalidArgumentError` for anything but a store or `undefined`. */
  get store(): ResultStore | undefined {
    return this.#store;
  }

  set store(store: ResultStore | undefined) {
    if (store !== undefined) assertStore(store, "<reprise-inspector>");
    if (this.#store === store) return;
    this.#store = store;
    if (this.isConnected) this.#connect();
  }

  /** @internal */
  connectedCallback(): void {
    // a property that was set before the element was defined
    if (Object.hasOwn(this, "store")) {
      const { store } = this;
      Reflect.deleteProperty(this, "store");
      this.store = store;
    }
    this.#connect();
    this.#dock();
    this.#observer = new IntersectionObserver((entries) => {
      this.#isSeen = entries.at(-1)!.isIntersecting;
      this.#show();
    });
    this.#observer.observe(this.#root);
  }

  /** @internal */
  attributeChangedCallback(): void {
    this.#dock();
  }

  /** @internal */
  disconnectedCallback(): void {
    clearInterval(this.#looking);
    this.#observer?.disconnect();
    this.#isSeen = false;
    this.#view?.close();
    this.#view = undefined;
  }

  #connect(): void {
    clearInterval(this.#looking);
    this.#view?.close();
    const store = this.#store ?? usedDefaultStore();
    this.#view = store && createView(store);
    const { tabs, panels } = this.#view ?? {
      tabs: element("span", { class: "hint" }, "No store is in use yet."),
      panels: [element("p", {}, "Set the property “store”, or call a task, whose store is then shown.")],
    };
    this.#head.replaceChildren(...this.#titles, tabs);
    this.#body.replaceChildren(...panels);
    this.#show();
    if (!store) this.#looking = setInterval(() => usedDefaultStore() && this.#connect(), lookInterval);
  }

  /** Only a docked element can be closed. */
  #dock(): void {
    this.#open(this.#isOpen || !this.hasAttribute("docked"));
  }

  #open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#titles[0].setAttribute("aria-expanded", String(isOpen));
    this.#root.classList.toggle("closed", !isOpen);
    this.#show();
  }

  #show(): void {
    this.#view?.show(this.#isOpen && this.#isSeen);
  }

  #onKey({ key }: KeyboardEvent): void {
    if (key !== "Escape" || !this.hasAttribute("docked") || !this.#isOpen) return;
    this.#open(false);
    this.#titles[0].focus();
  }
}
