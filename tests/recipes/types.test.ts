import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { projectRoot } from "../../scripts/processes.mjs";
import { readRecipes } from "./tools/recipe-files.ts";
import { runIn } from "./tools/commands.ts";

/** The recipes by what their readers' TypeScript knows. */
const platforms = {
  browser: {
    recipes: ["logout", "react", "server-side-rendering", "service-worker", "testing-a-page", "web-worker"],
    types: [],
  },
  workers: { recipes: ["deferred", "testing-a-worker", "user-tokens"], types: ["@cloudflare/workers-types"] },
  node: { recipes: ["nitro", "node-files"], types: ["node"] },
};

test("every recipe is checked, and opens with the question that the index lists", async () => {
  const recipes = await readRecipes();
  const index = await readFile(join(projectRoot, "docs/recipes/index.md"), "utf8");
  for (const { path, text } of recipes) {
    const [title, , question] = text.split("\n");
    expect(index).toContain(`| [${title!.slice(2)}](${path}) | ${question} |`);
  }
  const names = recipes.map(({ name }) => name);
  expect(names).toEqual(
    Object.values(platforms)
      .flatMap((platform) => platform.recipes)
      .sort(),
  );
});

test.each(Object.entries(platforms))("the types of the recipes for %s fit", async (name, { recipes, types }) => {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "ES2022",
    lib: name === "browser" ? ["ESNext", "DOM", "DOM.Iterable"] : ["ESNext"],
    module: "ESNext",
    moduleResolution: "Bundler",
    jsx: "react-jsx",
    skipLibCheck: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    types,
  };
  const file = `tsconfig.${name}.json`;
  const include = recipes.flatMap((recipe) => [`${recipe}/**/*.ts`, `${recipe}/**/*.tsx`]);
  await writeFile(join(inject("recipes"), file), JSON.stringify({ compilerOptions, include }));
  const { stdout } = await runIn(".", `npx tsc -p ${file}`).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
});
