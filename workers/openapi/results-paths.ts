import { recordMediaType, resultsPath } from "../../src/http/requests/protocol.ts";
import { answerHeaders, answers, json } from "./answers.ts";
import { keyParameter, listParameters, lockParameters, readParameters, writeParameters } from "./parameters.ts";

const { etag, caching, metadata, source, recordGeneration } = answerHeaders;
/** With every answer about results. */
const consistency = { ...answerHeaders.consistency, ...answerHeaders.generation };

/** The body of a request or an answer that is a record. */
export const recordContent = { [recordMediaType]: {} };

const listOperation = {
  operationId: "listResults",
  summary: "A page of metadata",
  parameters: listParameters,
  responses: answers({ 200: { description: "A page", headers: consistency, content: json("ListPage") } }, [501]),
};

const unchanged = { description: "The copy at hand still holds", headers: { ...etag, ...caching, ...consistency } };

/** Public results need no token. */
const optionalToken = [{ token: [] }, {}];

const resultOperations = {
  parameters: [keyParameter],
  get: {
    operationId: "readResult",
    security: optionalToken,
    summary: "The record as it was written. Whether it has expired is for the caller to judge",
    parameters: readParameters,
    responses: answers(
      {
        200: {
          description: "The record",
          headers: { ...etag, ...caching, ...source, ...consistency },
          content: recordContent,
        },
        304: unchanged,
      },
      [404],
    ),
  },
  head: {
    operationId: "readMetadata",
    security: optionalToken,
    summary: "The metadata alone",
    parameters: readParameters,
    responses: answers(
      {
        200: {
          description: "In the headers",
          headers: { ...etag, ...caching, ...metadata, ...consistency },
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
      { 204: { description: "It is kept", headers: { ...etag, ...recordGeneration, ...consistency } } },
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

const beginOperation = {
  operationId: "beginComputation",
  summary: "The place of a computation that takes no lock, for its write",
  requestBody: { required: true, content: json("Begin") },
  responses: answers({ 200: { description: "The place", headers: consistency, content: json("Place") } }, [413, 415]),
};

/** The paths of results. */
export const resultsPaths = {
  [resultsPath]: { get: listOperation },
  [`${resultsPath}/{key}`]: resultOperations,
  [`${resultsPath}/{key}/begin`]: { parameters: [keyParameter], post: beginOperation },
};
