import type { ImageParts } from "../support/image-parts.ts";

/** Objects whose content is bytes. */
export type Binary = ArrayBufferView | ArrayBufferLike | Blob;

/** Up to here bytes stand in the text; a longer run stands there by its digest, which the platform makes faster. */
const maxInlineBytes = 1_024;

export interface BinaryParts {
  /** Begins with the number of bytes. */
  readonly describing: readonly unknown[];
  /** A character a byte; `undefined` where only a digest can stand for it. */
  readonly content: string | undefined;
}

export function isBinary(object: object, tag: string): object is Binary {
  return ArrayBuffer.isView(object) || tag === "ArrayBuffer" || tag === "SharedArrayBuffer" || isBlob(object);
}

/** Not every runtime has `Blob` or `File`. */
export function isBlob(object: object): object is Blob {
  return typeof Blob === "function" && object instanceof Blob;
}

/** The bytes that a view shows, not the rest of its buffer. */
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

/** What tells one built-in object from another of its kind; `undefined` for a kind that has no stable content. */
export function builtInParts(object: object, tag: string): readonly unknown[] | undefined {
  return tag.startsWith("Temporal.") ? temporalParts(object, tag) : partsByTag[tag]?.(object as never);
}

// each function is called for objects of its own kind alone, which `isNative` has seen to
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
  // all else that runtimes give it follows from the name
  DOMException: ({ name, message }: DOMException) => [name, message],
};

function unbox(box: object): readonly unknown[] {
  return [box.valueOf()];
}

/** Without the stack, which differs between runtimes and bundles. `cause` and `errors` are not enumerable. */
function errorParts(error: Error): readonly unknown[] {
  const details: Record<string, unknown> = Object.fromEntries(
    Object.entries(error).filter(([name]) => name !== "stack"),
  );
  for (const name of ["cause", "errors"] as const) {
    if (Object.hasOwn(error, name)) details[name] = (error as { cause?: unknown; errors?: unknown })[name];
  }
  return [error.name, error.message, details];
}

const durationUnits = [
  "years",
  "months",
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds",
];

/** The text of a duration adds up its parts below a second, so that two that differ may share it. */
function temporalParts(object: object, tag: string): readonly unknown[] {
  if (tag === "Temporal.Duration") return durationUnits.map((unit) => (object as Record<string, unknown>)[unit]);
  const { toString } = object as { toString(options: { calendarName: "always" }): string };
  return [toString.call(object, { calendarName: "always" })];
}

const nativeCode = /\{\s*\[native code\]\s*\}\s*$/;

/** Whether a function's text is hidden: it is the platform's own, or bound. */
export function isNativeFunction(fn: unknown): boolean {
  return typeof fn === "function" && nativeCode.test(Function.prototype.toString.call(fn));
}

/**
 * Whether the prototype is the platform's own, so that an object with it is no instance of a user's class. Another
 * realm's counts too. Node writes some in JavaScript (`URL`, `Blob`), so they are looked up by name.
 */
export function isNative(prototype: object, tag: string): boolean {
  const known: unknown = (globalThis as Record<string, unknown>)[tag];
  return (
    (typeof known === "function" && known.prototype === prototype) ||
    (Object.hasOwn(prototype, "constructor") && isNativeFunction(prototype.constructor))
  );
}
