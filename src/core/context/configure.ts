import { onlyGiven } from "../support/only-given.ts";
import { assertSettings } from "./assert-settings.ts";
import { type FreshnessDefaults, layFreshness } from "./freshness-defaults.ts";
import { type Environment, readEnvironment } from "./read-environment.ts";
import { currentScope, runInScope, type Scope } from "./scope.ts";
import type { PartialSettings, Settings } from "./settings.ts";

export type { Environment } from "./read-environment.ts";

const builtIn: Settings = /* @__PURE__ */ deepFreeze({
  persistByDefault: true,
  defaultSerializer: "devalue",
  defaultStorage: undefined,
  tasks: {
    defaultPersistResult: undefined,
    schedulingStorage: undefined,
    refreshCache: undefined,
    defaultNoCache: undefined,
    disableCaching: undefined,
  },
});

let environment: Environment | undefined;
let configured: readonly PartialSettings[] = [];
let current: Settings | undefined;

/**
 * The current settings: those of the surrounding `withSettings`, else the configured ones, else those of the environment.
 *
 * @example
 * ```ts
 * getSettings().defaultSerializer; // "devalue"
 * ```
 */
export function getSettings(): Settings {
  return settingsIn(currentScope());
}

export function settingsIn({ settings }: Scope): Settings {
  return settings ?? (current ??= resolveSettings());
}

/**
 * Overrides the settings of this context permanently. The function that it returns restores them. Throws
 * `ConfigurationError` for unknown names and for values of the wrong type.
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
 * Runs `fn` with some settings overridden, and returns its result. In browsers they apply until the first `await` of `fn`.
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

/** The scope with defaults for the tasks in it. They lie over its settings, where nearer `withSettings` can change them. */
export function withDefaults(scope: Scope, tasks: FreshnessDefaults): Scope {
  return { ...scope, settings: layOver(settingsIn(scope), { tasks }) };
}

/** Sets the source of `REPRISE_*` variables, for a runtime that keeps them outside `process.env`. */
export function useEnvironment(found: Environment): void {
  environment = found;
  current = undefined;
}

/**
 * Whether results are kept by default.
 *
 * @example
 * ```ts
 * withSettings({ persistByDefault: false }, () => getDefaultPersistSetting()); // false
 * ```
 */
export function getDefaultPersistSetting(): boolean {
  return getSettings().persistByDefault;
}

/**
 * Whether results of tasks are kept by default.
 *
 * @example
 * ```ts
 * withSettings({ tasks: { defaultPersistResult: false } }, () => getDefaultPersistSettingForTasks()); // false
 * ```
 */
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
    tasks: layFreshness(settings.tasks, tasks ?? {}),
  });
}

function deepFreeze(settings: Settings): Settings {
  Object.freeze(settings.tasks);
  return Object.freeze(settings);
}
