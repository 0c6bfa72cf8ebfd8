/** The used part of a KV namespace. Cloudflare's `KVNamespace` fits, but its types are not required. */
export interface KvBinding {
  /** The value and the metadata, or `null` for both. */
  getWithMetadata(key: string, type: "arrayBuffer"): Promise<KvValue>;
  /** Writes a value. Reads elsewhere may miss it for a minute. */
  put(key: string, value: ArrayBufferView, options?: KvPutOptions): Promise<void>;
  /** Deletes a value, if there is one. */
  delete(key: string): Promise<void>;
  /** A page of keys, in order. */
  list(options?: KvListOptions): Promise<KvList>;
}

/** An answer of `KvBinding.getWithMetadata`. */
export interface KvValue {
  /** `null` if there is none. */
  value: ArrayBuffer | null;
  /** `null` if there is none. */
  metadata: unknown;
}

/** The options of `KvBinding.put`. */
export interface KvPutOptions {
  /** Seconds from now, at least 60. */
  expirationTtl?: number;
  /** At most 1,024 bytes of JSON. */
  metadata?: unknown;
}

/** The options of `KvBinding.list`. */
export interface KvListOptions {
  /** Only keys that begin with this. */
  prefix?: string;
  /** Keys per page, 1 to 1,000. */
  limit?: number;
  /** The cursor of the previous page. */
  cursor?: string;
}

/** An answer of `KvBinding.list`. */
export interface KvList {
  /** The keys, with the metadata of their values. */
  keys: { name: string; metadata?: unknown }[];
  /** Whether this is the last page. */
  list_complete: boolean;
  /** The start of the next page. */
  cursor?: string;
}

/** The used part of a cache of Cloudflare's Cache API. */
export interface CacheBinding {
  /** The response for the URL, if the cache has one. */
  match(url: string): Promise<Pick<Response, "headers" | "arrayBuffer"> | undefined>;
  /** Keeps a response for as long as its `Cache-Control` says. */
  put(url: string, response: Response): Promise<void>;
  /** Deletes a response, and resolves to whether there was one. */
  delete(url: string): Promise<boolean>;
}

/** The used part of an R2 bucket. Cloudflare's `R2Bucket` fits. */
export interface R2Binding {
  /** The metadata of an object, or `null`. */
  head(key: string): Promise<R2Head | null>;
  /** An object, or `null`. `range`: only these bytes of it. */
  get(key: string, options?: { range?: { offset: number; length: number } }): Promise<R2Body | null>;
  /** `null` if the condition of `onlyIf` doesn't hold. */
  put(key: string, value: ArrayBufferView, options: R2PutOptions): Promise<R2Head | null>;
  /** Deletes the objects, at most 1,000, if they exist. */
  delete(keys: string | string[]): Promise<void>;
  /** A page of objects, in the order of their keys. */
  list(options?: R2ListOptions): Promise<R2List>;
}

/** The metadata of an object. */
export interface R2Head {
  /** The key of the object. */
  readonly key: string;
  /** Changes with the content of the object. */
  readonly etag: string;
  /** Changes with every write of the key. */
  readonly version: string;
  /** The size of the object in bytes. */
  readonly size: number;
  /** When the object was written. */
  readonly uploaded: Date;
  /** The metadata that the writer gave. */
  readonly customMetadata?: Record<string, string>;
}

/** An object with its content. */
export interface R2Body extends R2Head {
  /** The whole content, or the part that `range` named. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The options of `R2Binding.put`. */
export interface R2PutOptions {
  /** The condition of the write. `etagDoesNotMatch: "*"`: only if there is no object. */
  onlyIf: { etagMatches?: string; etagDoesNotMatch?: string };
  /** At most 8,192 bytes. */
  customMetadata: Record<string, string>;
}

/** The options of `R2Binding.list`. */
export interface R2ListOptions {
  /** Only keys that begin with this. */
  prefix?: string;
  /** Objects per page, 1 to 1,000. */
  limit?: number;
  /** The cursor of the previous page. */
  cursor?: string;
  /** Only keys after this one. */
  startAfter?: string;
  /** The parts of the metadata that the page has. */
  include?: "customMetadata"[];
}

/** An answer of `R2Binding.list`. */
export interface R2List {
  /** The metadata of the objects. */
  objects: R2Head[];
  /** Whether another page follows. */
  truncated: boolean;
  /** The start of the next page. */
  cursor?: string;
}
