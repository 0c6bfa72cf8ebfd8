import { xxHash32 } from "js-xxhash";
import type { ResultRecordMetadata } from "../../../src/core/record/result-record-metadata.ts";
import { isRepriseError } from "../../../src/errors/index.ts";

export const encoder = new TextEncoder();

export const someMetadata: ResultRecordMetadata = {
  storageKey: "reports/2026",
  createdAt: new Date("2026-01-02T03:04:05.678Z"),
  expiration: new Date("2027-01-02T03:04:05.678Z"),
  serializer: { type: "compressed/json", format: "gzip" },
  libraryVersion: "0.1.0",
  storageId: "r2/prod",
  token: 12,
};

/** A record with any head and right checksums, put together by hand from the description of the format. */
export function sealRecord(headText: string, body: Uint8Array, version = 1): Uint8Array {
  const unpadded = encoder.encode(headText);
  const head = encoder.encode(headText + " ".repeat(-unpadded.length & 7));
  const bytes = new Uint8Array(16 + head.length + body.length);
  bytes.set(encoder.encode("RPRS"));
  bytes[4] = version;
  const view = new DataView(bytes.buffer);
  view.setUint32(8, head.length, true);
  bytes.set(head, 16);
  bytes.set(body, 16 + head.length);
  view.setUint32(12, xxHash32(Uint8Array.from([...bytes.slice(0, 12), ...head])), true);
  return bytes;
}

export function hexHash(bytes: Uint8Array): string {
  return xxHash32(bytes).toString(16).padStart(8, "0");
}

/** The code of the library's error that `attempt` ends with; anything else it throws comes through, and a result is `"none"`. */
export async function codeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    if (isRepriseError(error)) return error.code;
    throw error;
  }
  return "none";
}
