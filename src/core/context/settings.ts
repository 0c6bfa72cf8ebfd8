import type { Serializer } from "../serializers/serializer.ts";
import type { FreshnessDefaults } from "./freshness-defaults.ts";

/** The defaults of a context. */
export interface Settings {
  /** Whether results are kept. Default: true. `REPRISE_PERSIST_BY_DEFAULT`. */
  readonly persistByDefault: boolean;
  /** A serializer or the name of a registered one. Default: `"devalue"`. `REPRISE_DEFAULT_SERIALIZER`. */
  readonly defaultSerializer: Serializer | string;
  /** The registered name of a storage. Default: the runtime's own storage. `REPRISE_DEFAULT_STORAGE`. */
  readonly defaultStorage: string | undefined;
  /** The defaults of tasks. */
  readonly tasks: TaskSettings;
}

/** The freshness options apply to tasks that name none, and are in no flow that does. `REPRISE_TASKS_STALE_IF_ERROR` and so on. */
export interface TaskSettings extends Readonly<FreshnessDefaults> {
  /** Whether results of tasks are kept. Default: that of the surrounding flow, else `persistByDefault`. `REPRISE_TASKS_DEFAULT_PERSIST_RESULT`. */
  readonly defaultPersistResult: boolean | undefined;
  /** The registered name of the storage for parameters of deferred tasks. Default: the default storage. `REPRISE_TASKS_SCHEDULING_STORAGE`. */
  readonly schedulingStorage: string | undefined;
  /** Whether tasks compute every call and keep the new result, unless they say otherwise. Default: false. `REPRISE_TASKS_REFRESH_CACHE`. */
  readonly refreshCache: boolean | undefined;
  /** Whether tasks that name no policy and no key run without caching. Default: false. `REPRISE_TASKS_DEFAULT_NO_CACHE`. */
  readonly defaultNoCache: boolean | undefined;
  /** Whether all tasks run without caching. Default: false. `REPRISE_TASKS_DISABLE_CACHING`. */
  readonly disableCaching: boolean | undefined;
}

/** Some of the settings. Those that are `undefined` stay unchanged. */
export type PartialSettings = {
  readonly [Name in Exclude<keyof Settings, "tasks">]?: Settings[Name] | undefined;
} & { readonly tasks?: { readonly [Name in keyof TaskSettings]?: TaskSettings[Name] | undefined } | undefined };
