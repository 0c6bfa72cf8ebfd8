import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { projectRoot } from "../../../scripts/processes.mjs";
import { BuiltPackage } from "../../package/built-package.ts";
import { readRecipes, writeRecipe } from "./recipe-files.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder with the built package and a project for each recipe. */
    readonly recipes: string;
  }
}

/** Builds the package once for all files, and writes each recipe beside it as its reader would. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // tools take files below node_modules for those of a dependency, so this lies elsewhere in the project
  const folder = await mkdtemp(join(projectRoot, "tests/recipes/.projects-"));
  const [built, recipes] = await Promise.all([BuiltPackage.build(folder), readRecipes()]);
  for (const recipe of recipes) {
    await mkdir(join(folder, recipe.name));
    await writeRecipe(recipe, join(folder, recipe.name));
  }
  project.provide("recipes", folder);
  return () => built[Symbol.asyncDispose]();
}
