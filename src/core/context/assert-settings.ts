import { ConfigurationError } from "../../errors/index.ts";
import { hintFor } from "../support/assert-options.ts";
import { freshnessNames } from "../options/call-option-names.ts";
import { assertFreshness } from "./freshness-defaults.ts";
import type { Serializer } from "../serializers/serializer.ts";

type Kind = keyof typeof accepted;

const kinds: ReadonlyMap<string, Kind> = /* @__PURE__ */ new Map([
  ["persistByDefault", "boolean"],
  ["defaultSerializer", "serializer"],
  ["defaultStorage", "storage"],
  ["tasks.defaultPersistResult", "boolean"],
  ["tasks.schedulingStorage", "storage"],
  ["tasks.refreshCache", "boolean"],
  ["tasks.defaultNoCache", "boolean"],
  ["tasks.disableCaching", "boolean"],
]);

const accepted = {
  boolean: "true or false",
  storage: "the registered name of a storage",
  serializer: "a serializer or its name",
};

/** Throws `ConfigurationError` for unknown names and for values of the wrong type. */
export function assertSettings(settings: { readonly tasks?: object | undefined }): void {
  assertObject(settings, "Settings have");
  const { tasks = {}, ...general } = settings;
  assertObject(tasks, "The setting tasks has");
  for (const [name, value] of Object.entries(general)) {
    assertSetting(name, value, name.includes(".") ? undefined : kinds.get(name));
  }
  for (const [name, value] of Object.entries(tasks)) {
    if (!isFreshness(name)) assertSetting(`tasks.${name}`, value, kinds.get(`tasks.${name}`));
  }
  assertFreshnessSettings(tasks, "The settings of tasks are invalid");
}

/** Throws `ConfigurationError`. */
export function assertFreshnessSettings(tasks: object, what: string): void {
  try {
    assertFreshness(tasks);
  } catch (cause) {
    throw new ConfigurationError(`${what}: ${(cause as Error).message}`, { cause });
  }
}

function assertObject(value: unknown, what: string): void {
  if (typeof value === "object" && value !== null) return;
  throw new ConfigurationError(`${what} to be an object; got ${kindOf(value)}`);
}

function isFreshness(name: string): boolean {
  return (freshnessNames as readonly string[]).includes(name);
}

function assertSetting(name: string, value: unknown, kind: Kind | undefined): void {
  if (kind === undefined) {
    const known = [...kinds.keys(), ...freshnessNames.map((each) => `tasks.${each}`)];
    throw new ConfigurationError(`There is no setting "${name}"${hintFor(kinds.has(name) ? "" : name, known)}`);
  }
  if (value === undefined) return;
  const isSerializer = kind === "serializer" && typeof (value as Serializer | null)?.dumps === "function";
  if (isSerializer || typeof value === (kind === "boolean" ? "boolean" : "string")) return;
  throw new ConfigurationError(`The setting ${name} has to be ${accepted[kind]}; got ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
