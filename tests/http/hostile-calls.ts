import { decodeRecord } from "../../src/core/record/record-format.ts";
import type { LockState } from "../../src/core/remote-locks/lock-service.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import type { HttpLocks } from "../../src/http/http-locks.ts";
import type { HttpStorage } from "../../src/http/http-storage.ts";
import type { HttpTaskScheduler } from "../../src/http/http-task-scheduler.ts";
import { hostileKey as key } from "../core/record/hostile-records.ts";
import { right } from "./hostile-answers.ts";

/** The parts of a client that make requests. */
export interface Clients {
  readonly storage: HttpStorage;
  readonly locks: HttpLocks;
  readonly scheduler: HttpTaskScheduler;
}

/** A call, and whether its value is one that its caller can take for an answer. */
interface Call {
  readonly make: (clients: Clients) => Promise<unknown>;
  readonly isRight: (value: never) => boolean;
}

function call<T>(make: (clients: Clients) => Promise<T>, isRight: (value: T) => boolean): Call {
  return { make, isRight };
}

const isText = (value: unknown) => typeof value === "string";
const isMaybe = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value);
const isBoolean = (value: unknown) => typeof value === "boolean";
const isTime = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;
const isCount = (value: unknown) => Number.isSafeInteger(value) && isTime(value);
const grant = { holder: "h", holdTimeout: 5_000, wait: 10, comesBack: false };
const ofKey = { storageKey: key, createdAt: new Date(0), serializer: { type: "json" }, libraryVersion: "0" };

function isState(state: LockState): boolean {
  const { isLocked, isHolder, isLastHolder, isByHand, token, expiresIn, committed } = state;
  return (
    [isLocked, isHolder, isLastHolder].every(isMaybe(isBoolean)) &&
    isMaybe(isBoolean)(isByHand) &&
    isMaybe(isCount)(token) &&
    isMaybe(Number.isFinite)(expiresIn) &&
    isMaybe(isText)(committed)
  );
}

/** A record is only read for its own key, so it has the value of that key or none. */
function isHarmless(bytes: Uint8Array): boolean {
  try {
    return new TextDecoder().decode(decodeRecord(bytes, key).body) === "1";
  } catch (error) {
    return isRepriseError(error);
  }
}

/** Each kind of request. */
export const calls: Readonly<Record<string, Call>> = {
  read: call(
    ({ storage }) => storage.read(key),
    (stored) => !stored || (isText(stored.etag) && isHarmless(stored.bytes)),
  ),
  head: call(
    ({ storage }) => storage.head(key),
    (head) =>
      !head || (isText(head.etag) && head.metadata.storageKey === key && isTime(Math.abs(+head.metadata.createdAt))),
  ),
  readMany: call(
    ({ storage }) => storage.readMany([key, key]),
    (all) => all.length === 2 && all.every((stored) => !stored || isHarmless(stored.bytes)),
  ),
  write: call(
    ({ storage }) => storage.write(key, right, { metadata: ofKey }),
    ({ etag, bytes }) => isText(etag) && (!bytes || isHarmless(bytes)),
  ),
  begin: call(({ storage }) => storage.begin(key), isText),
  delete: call(({ storage }) => storage.delete(key), isBoolean),
  list: call(
    ({ storage }) => storage.list({ prefix: "shared/", cursor: "c" }),
    ({ records: all, cursor }) =>
      all.every(({ storageKey }) => storageKey === key) && isMaybe(isText)(cursor) && cursor !== "c",
  ),
  clear: call(
    ({ storage }) => storage.clear(),
    isMaybe(() => false),
  ),
  invalidate: call(
    ({ storage }) => storage.invalidate("all", { mode: "delete", now: 5 }),
    isMaybe(() => false),
  ),
  invalidationsSince: call(
    ({ storage }) => storage.invalidationsSince(0),
    ({ latest, invalidations }) =>
      isCount(latest) && (!invalidations || invalidations.every(({ number }) => isCount(number))),
  ),
  acquire: call(
    ({ locks }) => locks.acquire(key, grant),
    isMaybe((lease) => isLease(lease)),
  ),
  renew: call(
    ({ locks }) => locks.renew(key, "h", 5_000),
    isMaybe((lease) => isLease(lease)),
  ),
  release: call(({ locks }) => locks.release(key, "h"), isBoolean),
  report: call(({ locks }) => locks.report(key, "h", { fraction: 1 }), isBoolean),
  inspect: call(({ locks }) => locks.inspect(key, "h"), isState),
  wait: call(({ locks }) => locks.wait(key, 10), isState),
  submit: call(
    ({ scheduler }) => scheduler.submit({ task: "t", key, parameters: right }),
    (status) => isCount(status.attempts),
  ),
  status: call(
    ({ scheduler }) => scheduler.inspect(key),
    (status) => !status || (isCount(status.attempts) && isMaybe(Number.isFinite)(status.nextAttemptAt)),
  ),
};

function isLease(value: unknown): boolean {
  const { token, expiresIn, isConfirmed, takenOver, committed, unheldFor } = value as Record<string, unknown>;
  return (
    isCount(token) &&
    Number.isFinite(expiresIn) &&
    isMaybe(isBoolean)(isConfirmed) &&
    isMaybe(isBoolean)(takenOver) &&
    isMaybe(isText)(committed) &&
    isMaybe(Number.isFinite)(unheldFor)
  );
}
