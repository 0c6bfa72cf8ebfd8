import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright";
import type { ResultStore } from "../../../src/index.ts";
import { folderOf } from "./commands.ts";

const usual = `import { createResultStore } from "reprise"; const store = createResultStore({ name: "my-app" });`;

/** Adds a page to a recipe that has the recipe's store at hand. `imports`: where it comes from, if it has options. Returns its name. */
export async function addStorePage(recipe: string, imports = usual): Promise<string> {
  const page = `<script type="module">${imports} globalThis.store = store;</script>`;
  await writeFile(join(folderOf(recipe), "store.html"), page);
  return "store.html";
}

/** Opens that page in a tab of its own. */
export async function openStorePage(context: BrowserContext, origin: string): Promise<Page> {
  const opened = await context.newPage();
  await opened.goto(`${origin}/store.html`);
  return opened;
}

declare global {
  /** In the page alone. */
  var store: ResultStore;
}
