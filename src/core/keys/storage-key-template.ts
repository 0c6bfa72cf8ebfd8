import { ConfigurationError, InvalidArgumentError, MissingContextError } from "../../errors/index.ts";
import type { CacheKeyContext, CacheKeyFlow } from "./cache-policy.ts";

type Fill = (context: CacheKeyContext) => string;

/** Doubled braces are literal braces, as in Python's format strings. */
const part = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const known =
  "{task.name}, {task.runId}, {run.id}, {flow.name}, {parameters.x} and {flow.parameters.x}, where x is an input";

/**
 * Parses a template that inserts names, ids and inputs. `{parameters.x.y}` inserts a property of an input that is a plain
 * object. Throws `ConfigurationError` for anything else in braces. The returned function throws `InvalidArgumentError` for
 * an input that is missing or has no plain text, and `MissingContextError` if the template needs a flow and there is none.
 */
export function parseStorageKeyTemplate(template: string): Fill {
  if (typeof template !== "string") {
    throw new ConfigurationError(`resultStorageKey has to be a string; got ${typeof template}`);
  }
  const fills: (string | Fill)[] = [];
  let end = 0;
  for (const { 0: whole, 1: name, index } of template.matchAll(part)) {
    fills.push(template.slice(end, index), whole === "{{" ? "{" : whole === "}}" ? "}" : fillFor(whole, name));
    end = index + whole.length;
  }
  fills.push(template.slice(end));
  return (context) => fills.map((fill) => (typeof fill === "string" ? fill : fill(context))).join("");
}

function fillFor(whole: string, name = ""): Fill {
  if (name === "task.name") return ({ task }) => task.name;
  if (name === "task.runId") return ({ taskRunId }) => taskRunId;
  if (name === "run.id") return ({ runId }) => runId;
  if (name === "flow.name") return (context) => flowOf(context, whole).name;
  const [, ofFlow, names] = /^(flow\.)?parameters((?:\.[^.]+)+)$/.exec(name) ?? [];
  if (names === undefined) throw new ConfigurationError(`resultStorageKey knows ${known}; got ${whole}`);
  const path = names.slice(1).split(".");
  const of = ofFlow ? "flow.parameters" : "parameters";
  return (context) => inputText(ofFlow ? flowOf(context, whole).parameters : context.inputs, path, of);
}

function flowOf({ flow }: CacheKeyContext, whole: string): CacheKeyFlow {
  if (flow) return flow;
  throw new MissingContextError(`${whole} in resultStorageKey needs a flow: the task was called outside of one`);
}

/** Refuses objects, since all of them would have the same text. */
function inputText(inputs: CacheKeyContext["inputs"], path: readonly string[], of: string): string {
  let [input, whole]: [unknown, string] = [inputs, of];
  for (const name of path) {
    [input, whole] = [property(input, name, whole), `${whole}.${name}`];
  }
  if (["string", "number", "bigint", "boolean"].includes(typeof input)) return String(input);
  throw new InvalidArgumentError(
    `{${whole}} in resultStorageKey has to be a string, number, bigint or boolean; got ${kindOf(input)}`,
  );
}

function property(object: unknown, name: string, whole: string): unknown {
  const missing = `There is no {${whole}.${name}} for resultStorageKey`;
  if (typeof object !== "object" || object === null) {
    throw new InvalidArgumentError(`${missing}: {${whole}} has to be an object; got ${kindOf(object)}`);
  }
  if (Object.hasOwn(object, name)) return (object as Record<string, unknown>)[name];
  const names = Object.keys(object);
  const given = names.map((each) => `{${whole}.${each}}`).join(", ") || "none";
  const hint = names.includes("0") ? ". The option parameters gives the arguments names" : "";
  throw new InvalidArgumentError(`${missing}; this call has ${given}${hint}`);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
