import { locksPath } from "../../src/http/requests/protocol.ts";
import { answers, json } from "./answers.ts";
import { inspectParameters, keyParameter, waitParameters } from "./parameters.ts";
import type { SchemaName } from "./schemas.ts";

const lockState = { description: "The lock as it is", content: json("LockState") };

/** The path of an operation on a lock that has a JSON body. */
function post(
  operationId: string,
  summary: string,
  body: SchemaName,
  own: object,
  problems: readonly number[],
): object {
  const requestBody = { required: true, content: json(body) };
  const responses = answers(own as Record<number, object>, [...problems, 413, 415]);
  return { parameters: [keyParameter], post: { operationId, summary, requestBody, responses } };
}

const lease = { 200: { description: "The lease", content: json("LockLease") } };

/** The paths of locks. */
export const locksPaths = {
  [`${locksPath}/{key}`]: {
    parameters: [keyParameter],
    get: {
      operationId: "inspectLock",
      summary: "The lock as it is, and whether `holder` has it",
      parameters: inspectParameters,
      responses: answers({ 200: lockState }),
    },
  },
  [`${locksPath}/{key}/wait`]: {
    parameters: [keyParameter],
    get: {
      operationId: "waitForLock",
      summary:
        "The lock once it is free or its lease has run out, once there is progress after `seen`, or as it is after `timeout`",
      parameters: waitParameters,
      responses: answers({ 200: lockState }),
    },
  },
  [`${locksPath}/{key}/acquire`]: post(
    "acquireLock",
    "A lease of the lock. One who has it already gets the same lease, extended",
    "AcquireLock",
    lease,
    [409, 423],
  ),
  [`${locksPath}/{key}/renew`]: post(
    "renewLock",
    "The lease with a new end, counted from now",
    "RenewLock",
    lease,
    [409],
  ),
  [`${locksPath}/{key}/release`]: post(
    "releaseLock",
    "Frees the lock, or gives up a place in the queue",
    "ReleaseLock",
    { 204: { description: "It is free" } },
    [409],
  ),
  [`${locksPath}/{key}/progress`]: post(
    "reportProgress",
    "Tells the callers that wait how far the holder is",
    "ReportProgress",
    { 204: { description: "It is noted" } },
    [409],
  ),
};
