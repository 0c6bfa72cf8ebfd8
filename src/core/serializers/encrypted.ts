import {
  ConfigurationError,
  InvalidArgumentError,
  SerializationError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { alignTo8 } from "../support/align.ts";
import { type EncryptedOptions, resolveKeys } from "./encryption-keys.ts";
import { describeSerializer, serializerFor } from "./registry.ts";
import type { SerializationContext, SerializedBody, Serializer, SerializerDescription } from "./serializer.ts";

/** The version of the body that this library writes. */
const bodyVersion = 1;
const ivLength = 12;
const tagLength = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Encrypts the bytes of another serializer with AES-GCM (NIST SP 800-38D), with a random IV for each record. The storage key
 * is authenticated along with them, so a record that is copied under another key is refused. Storages and a Worker in between
 * then keep bytes that they can't read. Keys, sizes, times and tags stay readable: see the page "Encryption".
 *
 * A record under a key that isn't given is an `UnsupportedRecordError`: a cached call computes, and leaves the record alone.
 * Bytes that the key of their id can't decrypt are a `CorruptRecordError`: a cached call computes and replaces them. Throws
 * `ConfigurationError` for keys that are no AES-GCM keys of WebCrypto, or may not decrypt, and for a current one that may
 * not encrypt.
 *
 * @example
 * ```ts
 * const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
 * const secrets = createResultStore({ name: "secrets", serializer: encrypted(new DevalueSerializer(), { key }) });
 * await secrets.write("diary/2026", "Nobody reads this");
 * ```
 */
export function encrypted(serializer: Serializer, options: EncryptedOptions): Serializer {
  if (typeof serializer?.dumps !== "function") {
    throw new ConfigurationError(
      "encrypted needs the serializer whose bytes it encrypts: encrypted(new DevalueSerializer(), { key })",
    );
  }
  const { keys, current, metadata } = resolveKeys(options);
  const description = encoder.encode(JSON.stringify(describeSerializer(serializer)));
  return {
    type: "encrypted",
    omitsInputs: metadata === "minimal",

    async dumps(value: unknown, context?: SerializationContext): Promise<Uint8Array> {
      const key = keyOf(context);
      const dumped = serializer.dumpsBody ? serializer.dumpsBody(value) : serializer.dumps(value, context);
      // bytes that are there at once may be the value's own memory, which the caller may change
      const plain = layPlain(description, "then" in dumped ? await dumped : dumped);
      const id = encoder.encode(current);
      const header = Uint8Array.of(bodyVersion, id.length, ...id, ...crypto.getRandomValues(new Uint8Array(ivLength)));
      const cipher = await crypto.subtle.encrypt(parametersFor(header, key), keys.get(current) as CryptoKey, plain);
      const body = new Uint8Array(header.length + cipher.byteLength);
      body.set(header);
      body.set(new Uint8Array(cipher), header.length);
      return body;
    },

    async loads(bytes: Uint8Array, context?: SerializationContext): Promise<unknown> {
      const key = keyOf(context);
      const { header, id } = openHeader(bytes);
      const cryptoKey = keys.get(id);
      if (!cryptoKey) {
        throw new UnsupportedRecordError(
          `The result is encrypted with the key "${id}"; known here are ${[...keys.keys()].map((each) => `"${each}"`).join(", ")}`,
          { key },
        );
      }
      const plain = await decrypt(bytes, header, key, cryptoKey as CryptoKey);
      const { inner, body } = openPlain(plain);
      return serializerFor(inner, serializer).loads(body, context);
    },
  };
}

/** The storage key. Without it the bytes would not be bound to their record. */
function keyOf(context: SerializationContext | undefined): string {
  if (context?.key !== undefined) return context.key;
  throw new InvalidArgumentError(
    "Encryption needs the storage key of the record: dumps(value, { key }). A serializer that wraps another one has to pass its context on",
  );
}

/** The header and the storage key are authenticated. The length of the id in the header tells where the storage key begins. */
function parametersFor(header: Uint8Array, key: string) {
  const storageKey = encoder.encode(key);
  const additionalData = new Uint8Array(header.length + storageKey.length);
  additionalData.set(header);
  additionalData.set(storageKey, header.length);
  return { name: "AES-GCM", iv: header.slice(-ivLength), additionalData, tagLength: tagLength * 8 };
}

function openHeader(bytes: Uint8Array): { header: Uint8Array; id: string } {
  const [version, idLength = 0] = bytes;
  const header = bytes.subarray(0, 2 + idLength + ivLength);
  if (bytes.length < header.length + tagLength) throw new SerializationError("The encrypted bytes are incomplete");
  if (version !== bodyVersion) {
    throw new UnsupportedRecordError(
      `The encrypted result has version ${version}; this library reads version ${bodyVersion}`,
    );
  }
  try {
    return { header, id: decoder.decode(header.subarray(2, 2 + idLength)) };
  } catch (cause) {
    throw new SerializationError("The id of the key in the encrypted bytes is no text", { cause });
  }
}

async function decrypt(bytes: Uint8Array, header: Uint8Array, key: string, cryptoKey: CryptoKey): Promise<Uint8Array> {
  try {
    const cipher = bytes.slice(header.length);
    return new Uint8Array(await crypto.subtle.decrypt(parametersFor(header, key), cryptoKey, cipher));
  } catch (cause) {
    throw new SerializationError(
      "The bytes can't be decrypted: they are damaged, belong to another record, or were encrypted with another key of the same id",
      { cause },
    );
  }
}

/** The length and the text of the inner serializer's description, then its bytes, at a multiple of 8. */
function layPlain(description: Uint8Array, body: Uint8Array | SerializedBody): Uint8Array<ArrayBuffer> {
  const start = alignTo8(4 + description.length);
  const plain = new Uint8Array(start + body.byteLength);
  new DataView(plain.buffer).setUint32(0, description.length, true);
  plain.set(description, 4);
  if (body instanceof Uint8Array) plain.set(body, start);
  else body.writeTo(plain.subarray(start));
  return plain;
}

function openPlain(plain: Uint8Array): { inner: SerializerDescription; body: Uint8Array } {
  try {
    const length = new DataView(plain.buffer).getUint32(0, true);
    const inner = JSON.parse(decoder.decode(plain.subarray(4, 4 + length))) as SerializerDescription;
    return { inner, body: plain.subarray(alignTo8(4 + length)) };
  } catch (cause) {
    throw new SerializationError("The decrypted bytes name no serializer", { cause });
  }
}
