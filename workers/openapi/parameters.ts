import { maxWait } from "../../src/core/remote-locks/lock-service.ts";
import { maxKeyBytes } from "../../src/core/record/storage-key.ts";
import { headers } from "../../src/http/requests/protocol.ts";
import { name } from "./schemas.ts";

const text = { type: "string" };

const inHeader = (header: string, description: string, schema: object = text) => {
  return { name: header, in: "header", description, schema };
};

const inQuery = (parameter: string, description: string, schema: object = text) => {
  return { name: parameter, in: "query", description, schema };
};

export const keyParameter = {
  name: "key",
  in: "path",
  required: true,
  description:
    `The storage key, percent-encoded: 1 to ${maxKeyBytes} bytes of UTF-8. URLs can't hold the segments "." and "..": ` +
    `those two, and keys that begin with "~", get a "~" in front.`,
  schema: { type: "string", minLength: 1 },
};

export const listParameters = [
  inQuery("prefix", `Only keys that begin with this; at most ${maxKeyBytes} bytes of UTF-8`),
  inQuery("cursor", "Of the page before, of a list with the same prefix"),
  inQuery("limit", "Records a page", { type: "integer", minimum: 1, maximum: 1_000, default: 1_000 }),
];

export const readParameters = [
  inHeader("If-None-Match", "Etags of copies that are at hand: 304 where one of them still holds"),
  inHeader("Cache-Control", "`no-cache`: past every copy that may lag behind"),
];

export const lockParameters = [
  inHeader(headers.lockHolder, "Who holds the lock that this is done under, percent-encoded"),
  inHeader(headers.lockToken, "The token of its lease", { type: "integer", minimum: 0 }),
];

export const writeParameters = [
  inHeader("If-Match", "Write only over the record with this etag"),
  inHeader("If-None-Match", "Write only where there is no record yet", { type: "string", enum: ["*"] }),
  inHeader(
    headers.since,
    "With a computed value, percent-encoded: the last generation that the client knew when it began, a space, and a place: that of " +
      "`beginComputation`, `lock` under the lock that the request names, or `?` if it could not be asked",
  ),
  inHeader(
    headers.now,
    "The clock of the client, in milliseconds since 1970. If it is wrong, the server moves the record's times by the difference. " +
      "No record is dated later than it arrives; its lifetime stays",
    { type: "integer", minimum: 0 },
  ),
  ...lockParameters,
];

export const invalidationsParameters = [
  inQuery("since", "The number of the last invalidation that is known", { type: "integer", minimum: 0, default: 0 }),
];

export const inspectParameters = [inQuery("holder", "Whom to tell about", name)];

export const deferParameters = [
  { ...inQuery("task", "The name of a task that the server has registered", name), required: true },
];

export const deferredStatusParameters = [
  inQuery("wait", "How long to wait for the call to end, in milliseconds", {
    type: "number",
    minimum: 0,
    maximum: maxWait,
    default: 0,
  }),
];

export const waitParameters = [
  inQuery("timeout", "How long to wait, in milliseconds", {
    type: "number",
    minimum: 0,
    maximum: maxWait,
    default: maxWait,
  }),
  inQuery("seen", "The number of the progress that was seen last, or 0: any other one ends the wait", {
    type: "integer",
    minimum: 0,
  }),
];
