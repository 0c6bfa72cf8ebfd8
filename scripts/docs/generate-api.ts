// `npm run docs -- --api`: docs/api from the docstrings. An argument names another folder.
import process from "node:process";
import { registerHooks } from "node:module";

// TypeDoc needs the JavaScript API of TypeScript, which version 7 doesn't have.
registerHooks({
  resolve: (name, context, next) => next(name === "typescript" ? "typescript6" : name, context),
});
const { writeApiReference } = await import("./api-reference.ts");
const [folder] = process.argv.slice(2);
process.exitCode = (await writeApiReference(folder)) ? 0 : 1;
