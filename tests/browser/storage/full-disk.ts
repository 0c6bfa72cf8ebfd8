import { vi } from "vitest";

/** Where the browser tells of a full disk: most on the transaction, some on the request alone. */
export type Told = "on the transaction" | "on the request";

/**
 * A fake beside the real full disk in `tests/demo/trouble.test.ts`, since a quota can be set for profiles on disk alone: a
 * record of more than `room` bytes aborts its transaction, as the browser does it. The database below is the real one.
 */
export function fillDisk(room: number, told: Told) {
  const original = IDBObjectStore.prototype.put;
  return vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
    key,
  ) {
    const request = original.call(this, value, key);
    const length = (value as { bytes?: ArrayBuffer }).bytes?.byteLength ?? 0;
    if (length > room) queueMicrotask(() => abort(request, told));
    return request;
  });
}

/** No transaction takes a new row until one that only deletes has made room. */
export function fillUntilDeletion(told: Told): void {
  const add = IDBObjectStore.prototype.add;
  const full = new Set<IDBTransaction>();
  let isFull = true;
  vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (this: IDBObjectStore, value: unknown) {
    const request = add.call(this, value);
    full.add(this.transaction);
    if (isFull) queueMicrotask(() => abort(request, told));
    return request;
  });
  for (const method of ["delete", "clear"] as const) {
    const original = IDBObjectStore.prototype[method] as (...args: unknown[]) => IDBRequest<undefined>;
    vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (this: IDBObjectStore, ...args: unknown[]) {
      const request = original.apply(this, args);
      request.addEventListener("success", () => (isFull &&= full.has(this.transaction)));
      return request;
    });
  }
}

function abort(request: IDBRequest, told: Told): void {
  const { transaction } = request;
  if (!transaction || transaction.error) return;
  const error = new DOMException("no room", "QuotaExceededError");
  if (told === "on the request") {
    Object.defineProperty(request, "error", { value: error });
    transaction.onerror?.call(transaction, { target: request } as unknown as Event);
  }
  const onTransaction = told === "on the request" ? new DOMException("aborted", "AbortError") : error;
  try {
    transaction.abort();
  } catch {
    // it was aborted for another reason
    return;
  }
  Object.defineProperty(transaction, "error", { value: onTransaction });
}
