import type { LockService } from "../../src/core/remote-locks/lock-service.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { JobScheduler } from "../../src/core/deferred/job-scheduler.ts";
import type { PublicResults } from "../access/access-options.ts";

/** The parts that the routes use. Each function takes the Worker's whole `env`, whatever its bindings are called. */
export interface RouteOptions {
  readonly storage: (env: object) => ResultStorage;
  readonly locks: (env: object) => LockService;
  readonly scheduler: (env: object) => JobScheduler;
  readonly maxRecordBytes: number;
  /** Absent: no cache may keep a result. */
  readonly publicResults?: PublicResults | undefined;
  readonly onError: (error: unknown) => void;
}
