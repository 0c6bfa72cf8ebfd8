import { hintFor } from "../support/assert-options.ts";
import { ConfigurationError } from "../../errors/index.ts";

/** The environment of a runtime: texts by name. */
export type Environment = Readonly<Record<string, unknown>>;

interface EnvironmentSettings {
  readonly persistByDefault: boolean | undefined;
  readonly defaultSerializer: string | undefined;
  readonly defaultStorage: string | undefined;
  readonly tasks: {
    readonly defaultPersistResult: boolean | undefined;
    readonly schedulingStorage: string | undefined;
  };
}

const variables = {
  persistByDefault: "REPRISE_PERSIST_BY_DEFAULT",
  defaultSerializer: "REPRISE_DEFAULT_SERIALIZER",
  defaultStorage: "REPRISE_DEFAULT_STORAGE",
  defaultPersistResult: "REPRISE_TASKS_DEFAULT_PERSIST_RESULT",
  schedulingStorage: "REPRISE_TASKS_SCHEDULING_STORAGE",
};

/** Variables for other parts, or only for the tools of a project. */
const otherVariables = /^REPRISE_(SECRET|WITHOUT_TOKEN|CHROMIUM)$/;

/** The settings in the variables, `undefined` if a variable is missing or empty. Throws `ConfigurationError`, which names the variable. */
export function readEnvironment(environment: Environment): EnvironmentSettings {
  const text = (variable: string) => toText(environment[variable], variable);
  const flag = (variable: string) => toFlag(text(variable), variable);
  warnOfUnknown(environment);
  return {
    persistByDefault: flag(variables.persistByDefault),
    defaultSerializer: text(variables.defaultSerializer),
    defaultStorage: text(variables.defaultStorage),
    tasks: {
      defaultPersistResult: flag(variables.defaultPersistResult),
      schedulingStorage: text(variables.schedulingStorage),
    },
  };
}

const warned = new Set<string>();

/** Warns once about each unknown variable, since a misspelt one would have no effect. */
function warnOfUnknown(environment: Environment): void {
  const known = Object.values(variables);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("REPRISE_") || known.includes(name) || otherVariables.test(name) || warned.has(name)) continue;
    warned.add(name);
    const { console } = globalThis as { console?: Pick<Console, "warn"> };
    console?.warn(`[reprise] There is no variable ${name}${hintFor(name, known)}`);
  }
}

/** A Worker's variables may be booleans and numbers. */
function toText(value: unknown, variable: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return String(value);
  throw new ConfigurationError(`${variable} has to be a text; got ${typeof value}`);
}

function toFlag(text: string | undefined, variable: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw new ConfigurationError(`${variable} has to be true or false, or 1 or 0; got "${text}"`);
}
