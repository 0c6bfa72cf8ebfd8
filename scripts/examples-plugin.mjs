import { transform } from "esbuild";
import { join } from "node:path";
import { exampleSources, findExamples } from "./examples.mjs";
import { projectRoot } from "./processes.mjs";

/** @typedef {import("./examples.mjs").ExampleRuntime} ExampleRuntime */

const ID = /^\0?virtual:examples\/(browser|workerd)(?:\/(\d+))?$/;

/** @param {string | undefined} id @returns {{ runtime: ExampleRuntime, index: string | undefined } | undefined} */
function parseId(id) {
  const [, runtime, index] = ID.exec(id ?? "") ?? [];
  return runtime === "browser" || runtime === "workerd" ? { runtime, index } : undefined;
}

/**
 * `import examples from "virtual:examples/browser"` gives every example of the documentation that is for browsers, with
 * a function that runs it; the same for `workerd`.
 * @returns {import("vite").Plugin}
 */
export function examplesPlugin() {
  return {
    name: "reprise:examples",
    enforce: "pre",
    resolveId(id, importer) {
      const example = parseId(importer);
      const [, file] = (example && exampleSources[example.runtime].find(([name]) => name === id)) ?? [];
      if (file !== undefined) return join(projectRoot, file);
      return parseId(id) ? `\0${id.replace("\0", "")}` : undefined;
    },
    async load(id) {
      const wanted = id.startsWith("\0") ? parseId(id) : undefined;
      if (!wanted) return undefined;
      const { runtime, index } = wanted;
      const examples = await findExamples(runtime);
      if (index !== undefined) {
        const { code } = await transform(examples[Number(index)]?.source ?? "", { loader: "ts", target: "es2022" });
        return code;
      }
      const entries = examples.map(
        ({ name }, i) => `{ name: ${JSON.stringify(name)}, load: () => import("virtual:examples/${runtime}/${i}") }`,
      );
      return `export default [${entries.join(",\n")}];`;
    },
  };
}
