import { libraryVersion } from "../../src/core/record/version.ts";
import { openApiPath, outcomeMediaType } from "../../src/http/requests/protocol.ts";
import { deferredPaths } from "./deferred-paths.ts";
import { invalidationsPaths } from "./invalidations-paths.ts";
import { locksPaths } from "./locks-paths.ts";
import { resultsPaths } from "./results-paths.ts";
import { schemas } from "./schemas.ts";

/** The description of the API in OpenAPI 3.1. `url` is the address under which the API is mounted. */
export function openApiDocument(url: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Reprise",
      version: libraryVersion,
      description:
        "Records of results, locks so that each is computed once, and calls that the server computes. All durations are milliseconds. " +
        `A client whose \`Accept\` names \`${outcomeMediaType}\` gets ordinary outcomes with the status 200 and this type. Those are ` +
        "the problems with the statuses 409, 412, 423 and 501, and 404 for a missing record. Their body is the same `Problem`. `HEAD` has no body, and its outcome is a miss.",
    },
    servers: [{ url }],
    security: [{ token: [] }],
    paths: {
      ...resultsPaths,
      ...invalidationsPaths,
      ...locksPaths,
      ...deferredPaths,
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
