import { transform } from "esbuild";
import { join } from "node:path";
import { exampleSources, findExamples } from "./examples.mjs";
import { projectRoot } from "./processes.mjs";

const ID = "virtual:examples";
/** @type {ReadonlyMap<string, string>} */
const MODULES = new Map(exampleSources);

/**
 * `import examples from "virtual:examples"` gives every example of the documentation, with a function that runs it.
 * @returns {import("vite").Plugin}
 */
export function examplesPlugin() {
  return {
    name: "reprise:examples",
    enforce: "pre",
    resolveId(id) {
      const file = MODULES.get(id);
      if (file !== undefined) return join(projectRoot, file);
      return id.startsWith(ID) ? `\0${id}` : undefined;
    },
    async load(id) {
      if (!id.startsWith(`\0${ID}`)) return undefined;
      const examples = await findExamples();
      const index = id.slice(`\0${ID}/`.length);
      if (index !== "") {
        const { code } = await transform(examples[Number(index)]?.source ?? "", { loader: "ts", target: "es2022" });
        return code;
      }
      const entries = examples.map(
        ({ name }, i) => `{ name: ${JSON.stringify(name)}, load: () => import("${ID}/${i}") }`,
      );
      return `export default [${entries.join(",\n")}];`;
    },
  };
}
