import { onlyGiven } from "../support/only-given.ts";
import { assertSettings } from "./assert-settings.ts";
import { type Environment, readEnvironment } from "./read-environment.ts";
import { currentScope, runInScope } from "./scope.ts";
import type { PartialSettings, Settings } from "./settings.ts";

export type { Environment } from "./read-environment.ts";

const builtIn: Settings = /* @__PURE__ */ deepFreeze({
  persistByDefault: true,
  defaultSerializer: "devalue",
  defaultStorage: undefined,
  tasks: { defaultPersistResult: undefined, schedulingStorage: undefined },
});

let environment: Environment | undefined;
let configured: readonly PartialSettings[] = [];
let current: Settings | undefined;

/** The settings that hold here: those of `withSettings` around, else what was configured, else the environment's. */
export function getSettings(): Settings {
  return currentScope().settings ?? (current ??= resolveSettings());
}

/**
 * Lays settings over those of this context, for good. The function that it returns takes them back. Throws `ConfigurationError` for
 * unknown names and for values of the wrong kind.
 *
 * @example
 * ```ts
 * configure({ defaultSerializer: "json", tasks: { defaultPersistResult: true } });
 * ```
 */
export function configure(settings: PartialSettings): () => void {
  assertSettings(settings);
  const layer = { ...settings, tasks: { ...settings.tasks } };
  configured = [...configured, layer];
  current = undefined;
  return () => {
    configured = configured.filter((each) => each !== layer);
    current = undefined;
  };
}

/**
 * Runs `fn` with settings laid over those around, and gives what it gives. In browsers they hold until its first `await`.
 * Throws `ConfigurationError` as `configure` does.
 *
 * @example
 * ```ts
 * const map = await withSettings({ persistByDefault: false }, () => draw("Oslo"));
 * ```
 */
export function withSettings<T>(settings: PartialSettings, fn: () => T): T {
  assertSettings(settings);
  return runInScope({ ...currentScope(), settings: layOver(getSettings(), settings) }, fn);
}

/** Where `REPRISE_*` are looked for, in the runtime that has them elsewhere than in `process.env`. */
export function useEnvironment(found: Environment): void {
  environment = found;
  current = undefined;
}

/** Whether results are kept where nothing else is said. */
export function getDefaultPersistSetting(): boolean {
  return getSettings().persistByDefault;
}

/** Whether results of tasks are kept where nothing else is said. */
export function getDefaultPersistSettingForTasks(): boolean {
  const { tasks, persistByDefault } = getSettings();
  return tasks.defaultPersistResult ?? persistByDefault;
}

function resolveSettings(): Settings {
  const { process } = globalThis as { process?: { env?: Environment } };
  const fromEnvironment = readEnvironment({ ...process?.env, ...environment });
  return [fromEnvironment, ...configured].reduce<Settings>(layOver, builtIn);
}

function layOver(settings: Settings, { tasks, ...more }: PartialSettings): Settings {
  return deepFreeze({
    ...settings,
    ...onlyGiven(more),
    tasks: { ...settings.tasks, ...onlyGiven(tasks ?? {}) },
  });
}

function deepFreeze(settings: Settings): Settings {
  Object.freeze(settings.tasks);
  return Object.freeze(settings);
}
