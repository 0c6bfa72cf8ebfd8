import type { Locator, Page } from "playwright";

/** The inspector of a page, as its reader drives it. */
export class InspectorPanel {
  readonly #page: Page;
  readonly element: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.element = page.locator("reprise-inspector");
  }

  /** Chooses a view. `false`: the page doesn't show its inspector yet. */
  async view(name: "Records" | "Activity" | "Events"): Promise<boolean> {
    if (!(await this.element.isVisible())) return false;
    await this.element.scrollIntoViewIfNeeded();
    const tab = this.element.getByRole("tab", { name });
    if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
    return true;
  }

  async keys(): Promise<string[]> {
    return (await this.view("Records")) ? this.element.locator("button.key").allInnerTexts() : [];
  }

  row(key: string): Locator {
    return this.element.locator("tbody tr").filter({ has: this.#page.getByRole("button", { name: key, exact: true }) });
  }

  /** What is said of an action. */
  message(): Promise<string> {
    return this.element.getByRole("status").innerText();
  }

  async locks(): Promise<string[]> {
    if (!(await this.view("Activity"))) return [];
    return this.element.locator("#activity-panel ul").last().locator("li:not(.hint)").allInnerTexts();
  }

  /** Opens the dialog of a record. */
  async look(key: string): Promise<Locator> {
    await this.element.waitFor();
    await this.view("Records");
    await this.element.getByRole("button", { name: key, exact: true }).click();
    return this.element.getByRole("dialog", { name: key });
  }

  async delete(key: string): Promise<void> {
    await (await this.look(key)).getByRole("button", { name: "Delete" }).click();
  }

  /** Deletes all records of this browser. */
  async clear(): Promise<void> {
    await this.element.waitFor();
    await this.view("Records");
    await this.element.getByRole("button", { name: "Delete matching" }).click();
    await this.element.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  }
}
