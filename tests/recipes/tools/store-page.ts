import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright";
import type { ResultStore } from "../../../src/index.ts";
import { folderOf } from "./commands.ts";

const page = `<script type="module">
  import { createResultStore } from "reprise";

  globalThis.store = createResultStore({ name: "my-app" });
</script>`;

/** Adds a page to a recipe that has the store of the recipes at hand. Returns its name. */
export async function addStorePage(recipe: string): Promise<string> {
  const name = "store.html";
  await writeFile(join(folderOf(recipe), name), page);
  return name;
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
