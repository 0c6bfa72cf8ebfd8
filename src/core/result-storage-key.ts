import { ConfigurationError, InvalidArgumentError } from "../errors/index.ts";
import type { CacheKeyContext } from "./cache-policy.ts";

const placeholder = /\{([^{}]*)\}/g;
const parameterPrefix = "parameters.";

/**
 * Fills in `{task.name}` and `{parameters.x}`, where `x` names an input. Throws `ConfigurationError` for anything
 * else in braces. What is returned throws `InvalidArgumentError` for an input that is missing or has no plain text.
 */
export function parseStorageKeyTemplate(template: string): (context: CacheKeyContext) => string {
  for (const [whole, name] of template.matchAll(placeholder)) {
    if (name !== "task.name" && !name?.startsWith(parameterPrefix)) {
      throw new ConfigurationError(
        `resultStorageKey knows {task.name} and {parameters.x}, where x is an input; got ${whole}`,
      );
    }
  }
  return ({ task, inputs }) =>
    template.replaceAll(placeholder, (_, name: string) =>
      name === "task.name" ? task.name : inputText(inputs, name.slice(parameterPrefix.length)),
    );
}

/** Objects are refused, as they would all read the same. */
function inputText(inputs: CacheKeyContext["inputs"], name: string): string {
  const input = inputs[name];
  if (!["string", "number", "bigint", "boolean"].includes(typeof input)) {
    throw new InvalidArgumentError(
      `{parameters.${name}} in resultStorageKey takes a string, number, bigint or boolean; got ${input === null ? "null" : typeof input}`,
    );
  }
  return String(input);
}
