// A provider of vitest's browser mode for a browser that nobody can drive: it opens a page, and closes it.
import { defineBrowserProvider } from "@vitest/browser";
import { startBrowser } from "./start-browser.mjs";

/** @import { EngineName } from "./find-engines.mjs" */

/** What other providers answer to the tests' page. Here nothing has to be done. */
const commands = ["__vitest_viewport", "__vitest_cleanup"];

/**
 * @param {EngineName} name
 * @param {string} path of the browser
 */
export function systemBrowser(name, path) {
  return defineBrowserProvider({
    name: "system-browser",
    supportedBrowser: [name],
    providerFactory(project) {
      for (const command of commands)
        project.browser?.registerCommand(/** @type {never} */ (command), async () => /** @type {never} */ (undefined));
      /** @type {(() => Promise<void>) | undefined} */
      let close;
      return {
        name: "system-browser",
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        async openPage(_session, url) {
          await close?.();
          close = await startBrowser(name, path, url);
        },
        close: async () => close?.(),
      };
    },
  });
}
