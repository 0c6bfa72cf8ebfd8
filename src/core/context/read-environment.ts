import { ConfigurationError } from "../../errors/index.ts";

/** What a runtime calls its environment: texts by name. */
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

/** The settings that variables name, `undefined` where one is missing or empty. Throws `ConfigurationError`, which names the variable. */
export function readEnvironment(find: (variable: string) => unknown): EnvironmentSettings {
  const text = (variable: string) => toText(find(variable), variable);
  const flag = (variable: string) => toFlag(text(variable), variable);
  return {
    persistByDefault: flag("REPRISE_PERSIST_BY_DEFAULT"),
    defaultSerializer: text("REPRISE_DEFAULT_SERIALIZER"),
    defaultStorage: text("REPRISE_DEFAULT_STORAGE"),
    tasks: {
      defaultPersistResult: flag("REPRISE_TASKS_DEFAULT_PERSIST_RESULT"),
      schedulingStorage: text("REPRISE_TASKS_SCHEDULING_STORAGE"),
    },
  };
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
