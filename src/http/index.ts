/** Results and locks behind the HTTP API of a Worker, for browsers and any other runtime with `fetch`. */
export { HttpLockManager } from "./http-lock-manager.ts";
export { HttpStorage } from "./http-storage.ts";
export { HttpTaskScheduler } from "./http-task-scheduler.ts";
export type { Fetch, HttpOptions } from "./requests/http-options.ts";
export { remote, type Remote, type RemoteOptions } from "./remote.ts";
export type { Operation } from "./requests/protocol.ts";
