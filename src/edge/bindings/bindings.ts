/** The used part of a KV namespace. Cloudflare's `KVNamespace` fits, but its types are not required. */
export interface KvBinding {
  getWithMetadata(key: string, type: "arrayBuffer"): Promise<KvValue>;
  put(key: string, value: ArrayBufferView, options?: KvPutOptions): Promise<void>;
  delete(key: string): Promise<void>;
  list(options?: KvListOptions): Promise<KvList>;
}

export interface KvValue {
  value: ArrayBuffer | null;
  metadata: unknown;
}

export interface KvPutOptions {
  /** Seconds from now, at least 60. */
  expirationTtl?: number;
  /** At most 1,024 bytes of JSON. */
  metadata?: unknown;
}

export interface KvListOptions {
  prefix?: string;
  limit?: number;
  cursor?: string;
}

export interface KvList {
  keys: { name: string; metadata?: unknown }[];
  list_complete: boolean;
  cursor?: string;
}

/** The used part of a cache of Cloudflare's Cache API. */
export interface CacheBinding {
  match(url: string): Promise<Pick<Response, "headers" | "arrayBuffer"> | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

/** The used part of an R2 bucket. Cloudflare's `R2Bucket` fits. */
export interface R2Binding {
  head(key: string): Promise<R2Head | null>;
  get(key: string, options?: { range?: { offset: number; length: number } }): Promise<R2Body | null>;
  /** `null` if the condition of `onlyIf` doesn't hold. */
  put(key: string, value: ArrayBufferView, options: R2PutOptions): Promise<R2Head | null>;
  delete(keys: string | string[]): Promise<void>;
  list(options?: R2ListOptions): Promise<R2List>;
}

export interface R2Head {
  readonly key: string;
  readonly etag: string;
  readonly version: string;
  readonly size: number;
  readonly uploaded: Date;
  readonly customMetadata?: Record<string, string>;
}

export interface R2Body extends R2Head {
  arrayBuffer(): Promise<ArrayBuffer>;
}

export interface R2PutOptions {
  onlyIf: { etagMatches?: string; etagDoesNotMatch?: string };
  /** At most 8,192 bytes. */
  customMetadata: Record<string, string>;
}

export interface R2ListOptions {
  prefix?: string;
  limit?: number;
  cursor?: string;
  startAfter?: string;
  include?: "customMetadata"[];
}

export interface R2List {
  objects: R2Head[];
  truncated: boolean;
  cursor?: string;
}
