import { StorageError } from "../../errors/index.ts";
import { callBinding, type BindingCallOptions } from "../bindings/binding-calls.ts";
import type { R2Binding, R2Body, R2Head, R2List, R2ListOptions } from "../bindings/bindings.ts";
import { toCustomMetadata, type ObjectNotes } from "./r2-object.ts";

/** How often other writers may intervene before a change fails. */
const maxAttempts = 20;

/** The new content of an object; `undefined` leaves it unchanged. */
export type Change = { body: Uint8Array; notes: ObjectNotes } | undefined;

/** An object and its bytes. */
export interface ReadObject extends R2Head {
  readonly bytes: Uint8Array;
}

/** The objects of a bucket, with conditional changes. */
export class R2Objects {
  readonly #bucket: R2Binding;

  constructor(bucket: R2Binding) {
    this.#bucket = bucket;
  }

  head(key: string, signal?: AbortSignal): Promise<R2Head | null> {
    return callBinding("R2 head", () => this.#bucket.head(key), { key, signal });
  }

  /** The object with all its bytes, or with the bytes of `range`. */
  async get(
    key: string,
    { signal, range }: { signal?: AbortSignal | undefined; range?: { offset: number; length: number } } = {},
  ): Promise<ReadObject | undefined> {
    const get = async () => {
      const object = await (range ? this.#bucket.get(key, { range }) : this.#bucket.get(key));
      return object ? readObject(object) : undefined;
    };
    return callBinding("R2 get", get, { key, signal });
  }

  list(options: R2ListOptions, signal?: AbortSignal): Promise<R2List> {
    const list = () => this.#bucket.list({ include: ["customMetadata"], ...options });
    return callBinding("R2 list", list, { signal });
  }

  /** Deletes without a condition, and never again after a lost answer: others may have written since. */
  async deleteOnce(keys: string | string[]): Promise<void> {
    const key = typeof keys === "string" ? keys : undefined;
    await callBinding("R2 delete", () => this.#bucket.delete(keys), { key, retries: 0 });
  }

  /** Puts once, only if R2's etag of the object is still `over`, or the object is still absent. */
  put(
    key: string,
    change: NonNullable<Change>,
    over: string | undefined,
    signal?: AbortSignal,
  ): Promise<R2Head | null> {
    const onlyIf = over === undefined ? { etagDoesNotMatch: "*" } : { etagMatches: over };
    const put = () => this.#bucket.put(key, change.body, { onlyIf, customMetadata: toCustomMetadata(change.notes) });
    // a repeated put would be refused because of the first one
    const options: BindingCallOptions = { key, signal, isRepeatable: false };
    return callBinding("R2 put", put, options);
  }

  /** Reads the object, computes its new content, and puts that. Starts again if another writer intervened. */
  async change<T extends R2Head>(
    key: string,
    look: () => Promise<T | undefined>,
    decide: (object: T | undefined) => Change,
    signal?: AbortSignal,
  ): Promise<R2Head | undefined> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const object = await look();
      const change = decide(object);
      if (!change) return undefined;
      const written = await this.put(key, change, object?.etag, signal);
      if (written) return written;
    }
    throw new StorageError(`Others wrote "${key}" in R2 ${maxAttempts} times before this one could`, { key });
  }
}

async function readObject(body: R2Body): Promise<ReadObject> {
  const { key, etag, version, size, uploaded, customMetadata = {} } = body;
  return { key, etag, version, size, uploaded, customMetadata, bytes: new Uint8Array(await body.arrayBuffer()) };
}
