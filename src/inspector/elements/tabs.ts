import { button, element } from "./dom.ts";
import { roveFocus } from "./roving-focus.ts";

/** A part of the inspector under a tab of its own. */
export interface Panel {
  readonly name: string;
  readonly element: HTMLElement;
  /** It becomes visible, or is hidden. */
  show(isVisible: boolean): void;
}

/** Tabs as the ARIA Authoring Practices describe them: one is in the tab order, and arrow keys choose another. */
export class Tabs {
  readonly list = element("div", { role: "tablist", "aria-label": "Views" });
  readonly #panels: readonly Panel[];
  readonly #tabs: readonly HTMLButtonElement[];
  #chosen = 0;
  #isVisible = false;

  constructor(panels: readonly Panel[]) {
    this.#panels = panels;
    this.#tabs = panels.map((panel, index) => this.#createTab(panel, index));
    this.list.append(...this.#tabs);
    roveFocus(this.list, () => this.#tabs, ["ArrowLeft", "ArrowRight"]);
    this.#mark();
  }

  /** Whether the inspector itself is visible. */
  show(isVisible: boolean): void {
    if (this.#isVisible === isVisible) return;
    this.#isVisible = isVisible;
    this.#panels[this.#chosen]!.show(isVisible);
  }

  #createTab({ name, element: panel }: Panel, index: number): HTMLButtonElement {
    const id = name.toLowerCase();
    panel.id = `${id}-panel`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `${id}-tab`);
    const choose = () => this.#choose(index);
    const tab = button(name, choose, { role: "tab", id: `${id}-tab`, "aria-controls": panel.id });
    tab.addEventListener("focus", choose);
    return tab;
  }

  #choose(index: number): void {
    if (index === this.#chosen) return;
    if (this.#isVisible) this.#panels[this.#chosen]!.show(false);
    this.#chosen = index;
    this.#mark();
    if (this.#isVisible) this.#panels[index]!.show(true);
  }

  #mark(): void {
    for (const [index, tab] of this.#tabs.entries()) {
      const isChosen = index === this.#chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      this.#panels[index]!.element.hidden = !isChosen;
    }
  }
}
