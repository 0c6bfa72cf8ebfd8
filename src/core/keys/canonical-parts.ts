import { durationParts } from "../support/duration-parts.ts";
import type { ImageParts } from "../support/image-parts.ts";

/** An object that consists of bytes. */
export type Binary = ArrayBufferView | ArrayBufferLike | Blob;

/** The longest run of bytes in the text itself. A longer run appears as its digest, which the platform computes faster. */
const maxInlineBytes = 1_024;

export interface BinaryParts {
  /** The first part is the number of bytes. */
  readonly describing: readonly unknown[];
  /** One character for each byte; `undefined` if a digest has to replace the content. */
  readonly content: string | undefined;
}

export function isBinary(object: object, tag: string): object is Binary {
  return ArrayBuffer.isView(object) || tag === "ArrayBuffer" || tag === "SharedArrayBuffer" || isBlob(object);
}

/** Some runtimes lack `Blob` or `File`. */
export function isBlob(object: object): object is Blob {
  return typeof Blob === "function" && object instanceof Blob;
}

/** The bytes of a view, without the rest of its buffer. */
export function bytesOf(binary: ArrayBufferView | ArrayBufferLike): Uint8Array {
  return ArrayBuffer.isView(binary)
    ? new Uint8Array(binary.buffer, binary.byteOffset, binary.byteLength)
    : new Uint8Array(binary);
}

export function binaryParts(binary: Binary): BinaryParts {
  if (isBlob(binary)) {
    const file = binary as Partial<File>;
    return { describing: [binary.size, binary.type, file.name, file.lastModified], content: undefined };
  }
  const bytes = bytesOf(binary);
  return {
    describing: [bytes.length],
    content: bytes.length <= maxInlineBytes ? String.fromCharCode(...bytes) : undefined,
  };
}

/** The parts that distinguish built-in objects of one kind; `undefined` for a kind without stable content. */
export function builtInParts(object: object, tag: string): readonly unknown[] | undefined {
  return tag.startsWith("Temporal.") ? temporalParts(object, tag) : partsByTag[tag]?.(object as never);
}

// each function receives objects of its own kind only, which `isNative` has checked
const partsByTag: Readonly<Record<string, (object: never) => readonly unknown[]>> = {
  Boolean: unbox,
  Number: unbox,
  String: unbox,
  BigInt: unbox,
  Date: (date: Date) => [date.getTime()],
  RegExp: (regExp: RegExp) => [regExp.source, regExp.flags, regExp.lastIndex],
  URL: (url: URL) => [url.href],
  URLSearchParams: (params: URLSearchParams) => [`${params}`],
  ImageData: (image: ImageParts) => [image.width, image.height, image.colorSpace, image.data],
  Error: errorParts,
  // all its other properties follow from the name
  DOMException: ({ name, message }: DOMException) => [name, message],
};

function unbox(box: object): readonly unknown[] {
  return [box.valueOf()];
}

/** Leaves out the stack, which differs between runtimes and bundles. `cause` and `errors` are not enumerable. */
function errorParts(error: Error): readonly unknown[] {
  const details: Record<string, unknown> = Object.fromEntries(
    Object.entries(error).filter(([name]) => name !== "stack"),
  );
  for (const name of ["cause", "errors"] as const) {
    if (Object.hasOwn(error, name)) details[name] = (error as { cause?: unknown; errors?: unknown })[name];
  }
  return [error.name, error.message, details];
}

/** Two different durations may share a text. */
function temporalParts(object: object, tag: string): readonly unknown[] {
  if (tag === "Temporal.Duration") return durationParts(object);
  const { toString } = object as { toString(options: { calendarName: "always" }): string };
  return [toString.call(object, { calendarName: "always" })];
}

const nativeCode = /\{\s*\[native code\]\s*\}\s*$/;

/** Whether a function's text is hidden, because it is native or bound. */
export function isNativeFunction(fn: unknown): boolean {
  return typeof fn === "function" && nativeCode.test(Function.prototype.toString.call(fn));
}

/**
 * Whether the prototype is the platform's own, so that the object is no instance of a user's class. Prototypes of other
 * realms count too. Node implements some classes in JavaScript (`URL`, `Blob`), so these are looked up by name.
 */
export function isNative(prototype: object, tag: string): boolean {
  const known: unknown = (globalThis as Record<string, unknown>)[tag];
  return (
    (typeof known === "function" && known.prototype === prototype) ||
    (Object.hasOwn(prototype, "constructor") && isNativeFunction(prototype.constructor))
  );
}
