import { Component, createElement, type ReactNode, StrictMode } from "react";
import { createRoot, hydrateRoot, type Root, type RootOptions } from "react-dom/client";
import { expect, onTestFinished } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import type { ComputeContext } from "../../../src/core/options/call-options.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";

export const h = createElement;

/** A store in IndexedDB. Stores with one name are as far from each other as two tabs, but for their context. */
export function openStore(name: string = crypto.randomUUID()): ResultStore {
  const store = createResultStore({ name });
  onTestFinished(() => store.close());
  return store;
}

/** A computation that ends when the test says so, or when it is aborted. */
export class Computations {
  readonly begun: (ComputeContext & PromiseWithResolvers<unknown>)[] = [];

  readonly compute = (context: ComputeContext): Promise<string> => {
    const outcome = Promise.withResolvers<unknown>();
    this.begun.push({ ...context, ...outcome });
    context.signal.addEventListener("abort", () => outcome.reject(context.signal.reason));
    return outcome.promise as Promise<string>;
  };

  /** Waits until so many have begun. Returns the last of them. */
  async nth(count: number): Promise<ComputeContext & PromiseWithResolvers<unknown>> {
    await expect.poll(() => this.begun.length).toBe(count);
    return this.begun[count - 1]!;
  }
}

/** A root of React's, with all that it complains about. */
export class Screen {
  readonly container: HTMLElement;
  readonly complaints: string[] = [];
  #root: Root | undefined;

  constructor(container = document.createElement("div")) {
    this.container = container;
    document.body.append(container);
    const { error } = console;
    // React warns by this
    console.error = (...parts) => this.complaints.push(parts.join(" "));
    onTestFinished(() => {
      console.error = error;
      this.#root?.unmount();
      container.remove();
    });
  }

  render(element: ReactNode): void {
    this.#root ??= createRoot(this.container, this.#options);
    this.#root.render(h(StrictMode, null, element));
  }

  hydrate(element: ReactNode): void {
    this.#root = hydrateRoot(this.container, h(StrictMode, null, element), this.#options);
  }

  unmount(): void {
    this.#root?.unmount();
    this.#root = undefined;
  }

  get text(): string {
    return this.container.textContent;
  }

  async shows(text: string): Promise<void> {
    await expect.poll(() => this.text).toBe(text);
  }

  click(name: string): void {
    const button = [...this.container.querySelectorAll("button")].find(({ textContent }) => textContent === name);
    button!.click();
  }

  get #options(): RootOptions {
    const note = (error: unknown) => this.complaints.push(String(error));
    return { onUncaughtError: note, onRecoverableError: note, onCaughtError: () => {} };
  }
}

/** Shows its error, with a button that renders the children again. */
export class Boundary extends Component<
  { onRetry?(): void; children: ReactNode },
  { failed: boolean; error?: unknown }
> {
  override state: { failed: boolean; error?: unknown } = { failed: false };

  static getDerivedStateFromError(error: unknown) {
    return { failed: true, error };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    const retry = () => {
      this.props.onRetry?.();
      this.setState({ failed: false });
    };
    return [h("b", { key: 1 }, String(this.state.error)), h("button", { key: 2, onClick: retry }, "retry")];
  }
}
