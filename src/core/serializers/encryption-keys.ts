import { ConfigurationError } from "../../errors/index.ts";
import { assertOptions } from "../support/assert-options.ts";

/** A `CryptoKey` of WebCrypto. It is described by its parts, since the types of Node have no global name for it. */
export interface EncryptionKey {
  /** Its name has to be `"AES-GCM"`. */
  readonly algorithm: { readonly name: string };
  /** Whether code can export it, which encryption doesn't need. */
  readonly extractable: boolean;
  /** `"secret"`. */
  readonly type: string;
  /** `"decrypt"`, and `"encrypt"` for the current key. */
  readonly usages: readonly string[];
}

/** Keys by their ids, which have 1 to 64 bytes of UTF-8 and are readable in the records. */
export type EncryptionKeys = Readonly<Record<string, EncryptionKey>>;

/** The options of `encrypted`: one `key`, or several `keys` of which `current` encrypts. */
export interface EncryptedOptions {
  /** The one key: a `CryptoKey` of WebCrypto for AES-GCM. Its id is `"default"`. */
  key?: EncryptionKey | undefined;
  /** The keys that decrypt, by id. Keep an old key here until its records are gone. */
  keys?: EncryptionKeys | undefined;
  /** The id of the key that encrypts new records. Required with `keys`. */
  current?: string | undefined;
  /**
   * `"full"` keeps a hash of each input of a task readable, so that `explain` can name the input that changed. Somebody who
   * guesses an input can check the guess by its hash. Default: `"minimal"`.
   */
  metadata?: "minimal" | "full" | undefined;
}

export const encryptedOptionNames = ["key", "keys", "current", "metadata"] as const;

/** In bytes: records hold the id with its length in one byte. */
const maxIdBytes = 64;

const encoder = new TextEncoder();

interface ResolvedKeys {
  readonly keys: ReadonlyMap<string, EncryptionKey>;
  readonly current: string;
  readonly metadata: "minimal" | "full";
}

/** Throws `ConfigurationError` as `encrypted` does. */
export function resolveKeys(options: EncryptedOptions): ResolvedKeys {
  assertOptions("encrypted", options, encryptedOptionNames);
  const { key, metadata = "minimal" } = options;
  if ((key === undefined) === (options.keys === undefined)) {
    throw new ConfigurationError("encrypted needs { key }, or { keys, current }, and not both");
  }
  if (key !== undefined && options.current !== undefined) {
    throw new ConfigurationError('encrypted takes "current" only with "keys"');
  }
  if (metadata !== "minimal" && metadata !== "full") {
    throw new ConfigurationError(`metadata has to be "minimal" or "full"; got ${String(metadata)}`);
  }
  const keys = new Map(Object.entries(options.keys ?? { default: key! }));
  const current = key ? "default" : options.current;
  if (current === undefined || !keys.has(current)) {
    throw new ConfigurationError(
      `current has to be the id of one of the keys, ${[...keys.keys()].join(", ") || "of which there are none"}; got ${current}`,
    );
  }
  for (const [id, each] of keys) assertKey(id, each, id === current);
  return { keys, current, metadata };
}

function assertKey(id: string, key: EncryptionKey, isCurrent: boolean): void {
  const length = encoder.encode(id).length;
  if (length === 0 || length > maxIdBytes || !id.isWellFormed()) {
    throw new ConfigurationError(`The id of a key has 1 to ${maxIdBytes} bytes of UTF-8; got ${length}`);
  }
  if (key?.algorithm?.name !== "AES-GCM") {
    throw new ConfigurationError(
      `The key "${id}" is no AES-GCM key of WebCrypto: crypto.subtle.generateKey or importKey makes one`,
    );
  }
  const missing = (isCurrent ? (["encrypt", "decrypt"] as const) : (["decrypt"] as const)).find(
    (usage) => !key.usages.includes(usage),
  );
  if (missing) throw new ConfigurationError(`The key "${id}" may not ${missing}: create it with that usage`);
}
