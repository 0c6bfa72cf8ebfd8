import { assertFreshnessSettings } from "./assert-settings.ts";
import { freshnessNames } from "../options/call-option-names.ts";
import type { FreshnessDefaults } from "./freshness-defaults.ts";
import { hintFor } from "../support/assert-options.ts";
import { ConfigurationError } from "../../errors/index.ts";

/** The environment of a runtime: texts by name. */
export type Environment = Readonly<Record<string, unknown>>;

interface EnvironmentSettings {
  readonly persistByDefault: boolean | undefined;
  readonly defaultSerializer: string | undefined;
  readonly defaultStorage: string | undefined;
  readonly tasks: FreshnessDefaults & {
    readonly defaultPersistResult: boolean | undefined;
    readonly schedulingStorage: string | undefined;
    readonly refreshCache: boolean | undefined;
    readonly defaultNoCache: boolean | undefined;
    readonly disableCaching: boolean | undefined;
  };
}

/** Variables for other parts, or only for the tools of a project. */
const otherVariables = ["REPRISE_SECRET", "REPRISE_WITHOUT_TOKEN", "REPRISE_CHROMIUM", "REPRISE_URL", "REPRISE_TOKEN"];

const warned = new Set<string>();

/** The settings in the variables, `undefined` if a variable is missing or empty. Throws `ConfigurationError`, which names the variable. */
export function readEnvironment(environment: Environment): EnvironmentSettings {
  const known: string[] = [];
  const text = (variable: string) => {
    known.push(variable);
    return toText(environment[variable], variable);
  };
  const flag = (variable: string) => toFlag(text(variable), variable);
  const settings = {
    persistByDefault: flag("REPRISE_PERSIST_BY_DEFAULT"),
    defaultSerializer: text("REPRISE_DEFAULT_SERIALIZER"),
    defaultStorage: text("REPRISE_DEFAULT_STORAGE"),
    tasks: {
      defaultPersistResult: flag("REPRISE_TASKS_DEFAULT_PERSIST_RESULT"),
      schedulingStorage: text("REPRISE_TASKS_SCHEDULING_STORAGE"),
      refreshCache: flag("REPRISE_TASKS_REFRESH_CACHE"),
      defaultNoCache: flag("REPRISE_TASKS_DEFAULT_NO_CACHE"),
      disableCaching: flag("REPRISE_TASKS_DISABLE_CACHING"),
      ...readFreshness(text),
    },
  };
  warnOfUnknown(environment, [...known, ...otherVariables]);
  return settings;
}

/** Durations and shares. A text without a unit is a number. */
function readFreshness(text: (variable: string) => string | undefined): FreshnessDefaults {
  const read: Record<string, unknown> = {};
  for (const name of freshnessNames) {
    const variable = `REPRISE_TASKS_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
    const value = text(variable);
    read[name] = value === undefined || Number.isNaN(Number(value)) ? value : Number(value);
    assertFreshnessSettings(read, variable);
  }
  return read;
}

/** Warns once about each unknown variable, since a misspelt one would have no effect. Objects are bindings of a Worker, not variables. */
function warnOfUnknown(environment: Environment, known: readonly string[]): void {
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("REPRISE_") || typeof value === "object" || known.includes(name) || warned.has(name)) continue;
    warned.add(name);
    const { console } = globalThis as { console?: Pick<Console, "warn"> };
    console?.warn(`[reprise] There is no variable ${name}${hintFor(name, known)}`);
  }
}

/** A Worker's variables may be booleans and numbers. */
function toText(value: unknown, variable: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return String(value);
  throw new ConfigurationError(`${variable} has to be a string; got ${typeof value}`);
}

function toFlag(text: string | undefined, variable: string): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw new ConfigurationError(`${variable} has to be true or false, or 1 or 0; got "${text}"`);
}
