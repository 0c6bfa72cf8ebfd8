import { formatError } from "./format.ts";

const maxDepth = 4;
const maxEntries = 50;
const maxText = 500;
const maxLength = 20_000;

/** A value as text of bounded length: long texts and lists are cut, binary data is counted. */
export function describeValue(value: unknown): string {
  const text = describe(value, 0, new Set(), { left: maxLength });
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/** The characters that still fit. A value may hold the same part very many times, so that few bytes unfold into gigabytes of text. */
interface Room {
  left: number;
}

function describe(value: unknown, depth: number, around: ReadonlySet<object>, room: Room): string {
  if (typeof value === "string") return JSON.stringify(value.length > maxText ? `${value.slice(0, maxText)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  const known = describeKnown(value);
  if (known !== undefined) return known;
  if (around.has(value)) return "[circular]";
  const name = nameOf(value);
  if (depth === maxDepth) return `${name || "Object"} {…}`;
  const inside = new Set(around).add(value);
  const lines = linesOf(value, room, (part) => describe(part, depth + 1, inside, room));
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const title = name === "" ? open : `${name} ${open}`;
  if (lines.length === 0) return `${title}${close}`;
  const indent = "  ".repeat(depth);
  return `${title}\n${lines.map((line) => `${indent}  ${line}\n`).join("")}${indent}${close}`;
}

/** A built-in object that has no entries to list. */
function describeKnown(value: object): string | undefined {
  if (value instanceof Date) return `Date ${Number.isNaN(value.getTime()) ? "(invalid)" : value.toISOString()}`;
  if (value instanceof Error) return formatError(value);
  if (value instanceof RegExp || value instanceof URL) return String(value);
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength})`;
  if (value instanceof Blob) return `${value.constructor.name}(${value.size}) ${value.type}`.trimEnd();
  if (!ArrayBuffer.isView(value)) return undefined;
  return `${value.constructor.name}(${"length" in value ? Number(value.length) : value.byteLength})`;
}

function nameOf(value: object): string {
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor?.name ?? "";
  if (Array.isArray(value)) return `Array(${value.length})`;
  if (value instanceof Map || value instanceof Set) return `${name}(${value.size})`;
  return name === "Object" ? "" : name;
}

function linesOf(value: object, room: Room, describePart: (part: unknown) => string): string[] {
  const lines: string[] = [];
  for (const line of entriesOf(value, describePart)) {
    lines.push(lines.length < maxEntries ? line : "…");
    // the lines of a part have taken their room already
    if (!line.includes("\n")) room.left -= line.length;
    if (lines.length > maxEntries || room.left < 0) break;
  }
  return lines;
}

function* entriesOf(value: object, describePart: (part: unknown) => string): Generator<string> {
  if (value instanceof Map) {
    for (const [key, entry] of value) yield `${describePart(key)} => ${describePart(entry)}`;
  } else if (value instanceof Set || Array.isArray(value)) {
    for (const entry of value) yield describePart(entry);
  } else {
    for (const [key, { value: entry, get }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
      yield `${key}: ${get ? "(a getter)" : describePart(entry)}`;
  }
}
