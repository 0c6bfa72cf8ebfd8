import type { ResultStore } from "../core/store/result-store.ts";
import { element } from "./elements/dom.ts";
import { RepriseInspector } from "./inspector-element.ts";

/** The name of the element. */
export const inspectorName = "reprise-inspector";

/** Defines the element, unless it is defined already or the platform has no elements. */
export function defineInspector(): void {
  const { customElements } = globalThis as { customElements?: CustomElementRegistry };
  if (customElements && !customElements.get(inspectorName)) customElements.define(inspectorName, RepriseInspector);
}

/**
 * Adds a `<reprise-inspector docked>` to the page. `remove()` of the element takes it away again. Without a store it shows the
 * page's default store. Throws `InvalidArgumentError` for anything but a store.
 *
 * @example
 * ```ts
 * const inspector = inspect(store);
 * inspector.remove();
 * ```
 */
export function inspect(store?: ResultStore): RepriseInspector {
  const inspector = element(inspectorName, { docked: "" });
  inspector.store = store;
  document.body.append(inspector);
  return inspector;
}

declare global {
  interface HTMLElementTagNameMap {
    "reprise-inspector": RepriseInspector;
  }
}
