import { libraryVersion } from "../../src/core/record/version.ts";
import { deferredPath, locksPath, openApiPath, recordMediaType, resultsPath } from "../../src/http/protocol.ts";
import { answerHeaders, answers, json, type SchemaName } from "./openapi-answers.ts";
import {
  deferParameters,
  deferredStatusParameters,
  inspectParameters,
  keyParameter,
  listParameters,
  lockParameters,
  readParameters,
  waitParameters,
  writeParameters,
} from "./openapi-parameters.ts";
import { schemas } from "./openapi-schemas.ts";

const { etag, metadata, source, consistency } = answerHeaders;

const recordContent = { [recordMediaType]: {} };

const listOperation = {
  operationId: "listResults",
  summary: "A page of metadata",
  parameters: listParameters,
  responses: answers({ 200: { description: "A page", headers: consistency, content: json("ListPage") } }, [501]),
};

const unchanged = { description: "The copy at hand still holds", headers: { ...etag, ...consistency } };

const resultOperations = {
  parameters: [keyParameter],
  get: {
    operationId: "readResult",
    summary: "The record as it was written. Whether it has expired is for the caller to judge",
    parameters: readParameters,
    responses: answers(
      {
        200: { description: "The record", headers: { ...etag, ...source, ...consistency }, content: recordContent },
        304: unchanged,
      },
      [404],
    ),
  },
  head: {
    operationId: "readMetadata",
    summary: "The metadata alone",
    parameters: readParameters,
    responses: answers(
      {
        200: {
          description: "In the headers",
          headers: { ...etag, ...metadata, ...consistency },
          content: recordContent,
        },
        304: unchanged,
      },
      [404, 422],
    ),
  },
  put: {
    operationId: "writeResult",
    summary: "Keeps a record, whole or not at all. It is checked before: its bytes, and that it is for this key",
    parameters: writeParameters,
    requestBody: { required: true, content: recordContent },
    responses: answers(
      { 204: { description: "It is kept", headers: { ...etag, ...consistency } } },
      [409, 412, 413, 415, 422, 423, 507],
    ),
  },
  delete: {
    operationId: "deleteResult",
    summary: "Deletes a record",
    parameters: lockParameters,
    responses: answers({ 204: { description: "It is gone", headers: consistency } }, [404, 409, 423]),
  },
};

const lockState = { description: "The lock as it is", content: json("LockState") };

/** An operation on a lock with a body. */
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

const lockPaths = {
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
      summary: "The lock once it is free or its lease has run out, or as it is after `timeout`",
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
};

const deferredStatus = { description: "How far it is", content: json("DeferredStatus") };

const deferredOperations = {
  parameters: [keyParameter],
  post: {
    operationId: "deferCall",
    summary:
      "Hands a task's call over: the server computes its result and keeps it under the key, which has to be the task's own for these parameters. Calls of one key are one job",
    parameters: deferParameters,
    requestBody: { required: true, content: recordContent },
    responses: answers({ 202: deferredStatus }, [413, 415, 422, 507]),
  },
  get: {
    operationId: "inspectDeferred",
    summary: "How far a deferred call is, once it has ended or after `wait`",
    parameters: deferredStatusParameters,
    responses: answers({ 200: deferredStatus }, [404]),
  },
};

/** The API in OpenAPI 3.1. `url` is where it is mounted. */
export function openApiDocument(url: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Reprise",
      version: libraryVersion,
      description:
        "Records of results, locks so that each is computed once, and calls that the server computes. All durations are milliseconds.",
    },
    servers: [{ url }],
    security: [{ token: [] }],
    paths: {
      [resultsPath]: { get: listOperation },
      [`${resultsPath}/{key}`]: resultOperations,
      ...lockPaths,
      [`${deferredPath}/{key}`]: deferredOperations,
      [openApiPath]: {
        get: {
          operationId: "describe",
          summary: "This description",
          security: [],
          responses: { 200: { description: "This", content: { "application/json": { schema: { type: "object" } } } } },
        },
      },
    },
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "Says for which prefix of keys it is, what it allows, and until when",
        },
      },
      schemas,
    },
  };
}
