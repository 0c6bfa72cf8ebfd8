import { deferredPath } from "../../src/http/requests/protocol.ts";
import { answers, json } from "./answers.ts";
import { deferParameters, deferredStatusParameters, keyParameter } from "./parameters.ts";
import { recordContent } from "./results-paths.ts";

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

/** The paths of deferred calls. */
export const deferredPaths = { [`${deferredPath}/{key}`]: deferredOperations };
