import { maxNoteLength } from "../../src/core/concurrency/progress.ts";
import { maxNameLength } from "../../src/core/remote-locks/lock-arguments.ts";
import { bareLease, longestLease, maxWait } from "../../src/core/remote-locks/lock-service.ts";
import { operations, problemCodes } from "../../src/http/requests/protocol.ts";

const text = { type: "string" };
const flag = { type: "boolean" };
const timestamp = { type: "string", format: "date-time" };
const count = { type: "integer", minimum: 0 };
const milliseconds = { type: "number", minimum: 0, description: "Milliseconds" };

export const name = { type: "string", minLength: 1, maxLength: maxNameLength };
const holder = { ...name, description: "Names one caller; no other uses it" };
const holdTimeout = {
  type: "number",
  minimum: 0,
  maximum: longestLease,
  description: "How long the lease lasts unless renewed, in milliseconds",
};
const committed = { ...name, description: "The etag of what was last written under the lock" };
const lockToken = { ...count, description: "The fencing token: grows with every grant of the key" };
const fraction = { type: "number", minimum: 0, maximum: 1, description: "The share of the work that is done" };
const note = { ...text, maxLength: maxNoteLength };
const expiresIn = { ...milliseconds, description: "Milliseconds that the lease has left" };

/** An object with `required` fields. It may have `optional` ones, and others that a later version adds. */
function object(required: object, optional: object = {}): object {
  return { type: "object", required: Object.keys(required), properties: { ...required, ...optional } };
}

/** The schema of every JSON body, by its name. */
export const schemas = {
  Metadata: {
    ...object(
      {
        storageKey: { ...text, minLength: 1 },
        createdAt: timestamp,
        serializer: object({ type: text }),
        libraryVersion: text,
      },
      {
        expiration: timestamp,
        staleFor: {
          ...milliseconds,
          description: "For how long the record stays after it has expired, in milliseconds",
        },
        tags: { type: "array", items: text },
        isError: { const: true, description: "The result is an error that was thrown" },
        inputs: { type: "object", additionalProperties: text },
        generation: count,
        storageId: text,
        size: count,
        token: lockToken,
        etag: text,
      },
    ),
    description: "What is known of a record without its body. One that has no expiration never expires.",
  },
  ListPage: {
    ...object({ records: { type: "array", items: { $ref: "#/components/schemas/Metadata" } } }, { cursor: text }),
    description: "Metadata in the order of the keys. The last page has no cursor.",
  },
  Begin: object(
    {},
    {
      replaces: { ...flag, default: false, description: "Whether earlier computations are refused" },
      found: {
        oneOf: [name, { type: "null" }],
        description:
          "The etag of the record that the caller found; null: it found none. The value replaces no other record",
      },
    },
  ),
  Place: object({ place: text }),
  Target: {
    description: "The records that an invalidation covers",
    oneOf: [
      { const: "all" },
      object({ keys: { type: "array", items: text } }),
      object({ prefix: text }),
      object({ tags: { type: "array", items: text } }),
    ],
  },
  Mode: { type: "string", enum: ["delete", "expire"], description: "Whether the records are gone, or stale" },
  Invalidate: object(
    { target: { $ref: "#/components/schemas/Target" } },
    { mode: { $ref: "#/components/schemas/Mode" } },
  ),
  Invalidations: {
    ...object(
      { latest: count },
      {
        invalidations: {
          type: "array",
          items: object({
            number: count,
            target: { $ref: "#/components/schemas/Target" },
            mode: { $ref: "#/components/schemas/Mode" },
            at: { type: "number", description: "Milliseconds since 1970 by the server's clock" },
          }),
        },
      },
    ),
    description: "Without `invalidations`, some of them are forgotten: every copy from before `latest` may be invalid.",
  },
  AcquireLock: object(
    { holder },
    {
      holdTimeout: { ...holdTimeout, default: bareLease },
      wait: {
        type: "number",
        minimum: 0,
        maximum: maxWait,
        default: 0,
        description: "How long to wait for the lock in this request, in milliseconds",
      },
      comesBack: {
        ...flag,
        default: false,
        description: "Whether the caller asks again where that is too short, so that its place in the queue is kept",
      },
    },
  ),
  RenewLock: object({ holder, holdTimeout }),
  ReleaseLock: object({ holder }, { committed }),
  ReportProgress: object({ holder, fraction }, { note }),
  LockLease: {
    ...object(
      { token: lockToken, expiresIn, isConfirmed: flag, takenOver: flag },
      { committed, unheldFor: { ...milliseconds, description: "For how long nobody held it before, in milliseconds" } },
    ),
    description:
      "A lease that is not confirmed lasts for two seconds, until it is renewed or asked for again. `takenOver`: the one before ran out.",
  },
  LockState: {
    ...object(
      { isLocked: flag, isHolder: flag, isLastHolder: flag },
      {
        isByHand: flag,
        token: lockToken,
        expiresIn,
        committed,
        progress: object({ fraction, number: count }, { note }),
      },
    ),
    description:
      "Who holds the lock is told to nobody: `isHolder` and `isLastHolder` are about the holder asked for. `isByHand`: no computation holds it, so a change without a lock is refused.",
  },
  DeferredStatus: {
    ...object(
      { state: { type: "string", enum: ["pending", "running", "done", "failed"] }, attempts: count },
      {
        error: object({ name: text, message: text }),
        nextAttemptAt: {
          type: "number",
          description: "When the next try is due: milliseconds since 1970 by the server's clock",
        },
      },
    ),
    description:
      "`attempts`: tries begun. `done`: the result can be read. `failed`: no further try will be made; `error` is that of the last one.",
  },
  Problem: {
    ...object(
      {
        type: { type: "string", format: "uri-reference" },
        title: text,
        status: { type: "integer", minimum: 400, maximum: 599 },
        detail: text,
        code: { type: "string", enum: problemCodes() },
      },
      { key: text },
    ),
    description: "An error (RFC 9457). `code` says which one it is; `key` which record it is about.",
  },
  Operation: { type: "string", enum: operations, description: "What a token may allow" },
} as const;

export type SchemaName = keyof typeof schemas;
