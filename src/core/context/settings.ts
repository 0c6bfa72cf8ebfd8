import type { Serializer } from "../serializers/serializer.ts";

/** What holds where nothing else is said. */
export interface Settings {
  /** Whether results are kept; true at first. `REPRISE_PERSIST_BY_DEFAULT`. */
  readonly persistByDefault: boolean;
  /** A serializer or the name of a registered one; `"devalue"` at first. `REPRISE_DEFAULT_SERIALIZER`. */
  readonly defaultSerializer: Serializer | string;
  /** The registered name of a storage; absent: the runtime's own. `REPRISE_DEFAULT_STORAGE`. */
  readonly defaultStorage: string | undefined;
  readonly tasks: TaskSettings;
}

export interface TaskSettings {
  /** Whether results of tasks are kept; absent: as the flow around, else as `persistByDefault` says. `REPRISE_TASKS_DEFAULT_PERSIST_RESULT`. */
  readonly defaultPersistResult: boolean | undefined;
  /** The registered name of the storage for parameters of deferred tasks; absent: the default one. `REPRISE_TASKS_SCHEDULING_STORAGE`. */
  readonly schedulingStorage: string | undefined;
}

/** Some of the settings. What is `undefined` is left as it was. */
export type PartialSettings = {
  readonly [Name in Exclude<keyof Settings, "tasks">]?: Settings[Name] | undefined;
} & { readonly tasks?: Partial<TaskSettings> | undefined };
