import { invalidationsPath } from "../../src/http/requests/protocol.ts";
import { answerHeaders, answers, json } from "./answers.ts";
import { invalidationsParameters } from "./parameters.ts";

/** The paths of invalidations. */
export const invalidationsPaths = {
  [invalidationsPath]: {
    post: {
      operationId: "invalidate",
      summary:
        "Deletes or expires records, also those whose computation has begun. Tags and all need a token without prefix",
      requestBody: { required: true, content: json("Invalidate") },
      responses: answers({ 204: { description: "It holds", headers: answerHeaders.generation } }, [413, 415, 423, 501]),
    },
    get: {
      operationId: "listInvalidations",
      summary: "The invalidations after a number, for clients that keep copies",
      parameters: invalidationsParameters,
      responses: answers({ 200: { description: "In their order", content: json("Invalidations") } }, [501]),
    },
  },
};
