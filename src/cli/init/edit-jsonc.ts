import {
  applyEdits,
  findNodeAtLocation,
  modify,
  type Node,
  parse,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { FailedError } from "../terminal/failures.ts";
import type { ConfigPart, WranglerConfig } from "./missing-parts.ts";

type Json = string | readonly Json[] | { readonly [name: string]: Json };

/** How the file is written. */
interface Style {
  readonly indent: string;
  readonly eol: string;
}

/** Throws `FailedError` unless the text is an object in JSON with comments. */
export function parseJsonc(text: string, file: string): WranglerConfig {
  const errors: ParseError[] = [];
  const config: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) throw new FailedError(`${file} can't be read: ${printParseErrorCode(error.error)} at ${error.offset}`);
  if (typeof config === "object" && config !== null && !Array.isArray(config)) return config;
  throw new FailedError(`${file} holds no object`);
}

/** The text with the parts. All that was there stays as it is, character by character. */
export function addToJsonc(text: string, parts: readonly ConfigPart[]): string {
  const style = { indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ", eol: text.includes("\r\n") ? "\r\n" : "\n" };
  return parts.reduce((edited, part) => addPart(edited, part, style), text);
}

function addPart(text: string, { path, value }: ConfigPart, style: Style): string {
  const root = parseTree(text, [], { allowTrailingComma: true })!;
  const isSetting = typeof value === "string";
  const array = isSetting ? undefined : findNodeAtLocation(root, [...path]);
  if (array && array.type !== "array") throw new FailedError(`${path.join(".")} in the file has to be an array`);
  if (array) return addChild(text, array, { path: [...path, 0], value }, style);
  let missing: Json = isSetting ? value : [value];
  for (let depth = path.length - 1; ; depth--) {
    const parent = findNodeAtLocation(root, path.slice(0, depth));
    if (parent) return addChild(text, parent, { path: path.slice(0, depth + 1), value: missing }, style);
    missing = { [path[depth]!]: missing };
  }
}

interface Child {
  /** Ends with the name of a property, or with the 0 of an array. */
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

/** Adds behind the last child of an object or array: in the same line, or in a line of its own, as the children are written. */
function addChild(text: string, parent: Node, { path, value }: Child, { indent, eol }: Style): string {
  const [first, last] = [parent.children?.[0], parent.children?.at(-1)];
  if (!first || !last) {
    // nothing is there whose format could change
    const formattingOptions = {
      insertSpaces: !indent.startsWith("\t"),
      tabSize: indent.replace("\t", " ").length,
      eol,
    };
    return applyEdits(text, modify(text, [...path], value, { formattingOptions }));
  }
  const name = path.at(-1);
  const label = typeof name === "string" ? `${JSON.stringify(name)}: ` : "";
  const end = last.offset + last.length;
  const lineStart = text.lastIndexOf("\n", first.offset) + 1;
  if (lineStart <= parent.offset) return `${text.slice(0, end)}, ${label}${inline(value)}${text.slice(end)}`;
  const margin = /^[ \t]*/.exec(text.slice(lineStart))![0];
  const added = label + inLines(value, margin, { indent, eol });
  // a comment behind the last child belongs to it
  const [rest, comma] = /^([ \t]*,)?[ \t]*(?:\/\/.*|\/\*.*?\*\/[ \t]*)?/.exec(text.slice(end))!;
  const after = end + rest.length;
  const before = text.slice(0, end) + (comma ? "" : ",") + text.slice(end, after).trimEnd();
  return `${before}${eol}${margin}${added}${comma ? "," : ""}${text.slice(after)}`;
}

function inline(value: Json): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${inline(field)}`);
  return `{ ${fields.join(", ")} }`;
}

/** Objects that hold no others are in one line each. */
function inLines(value: Json, margin: string, style: Style): string {
  if (!holdsObjects(value)) return inline(value);
  const { indent, eol } = style;
  const inner = margin + indent;
  const items = isList(value)
    ? value.map((item) => inner + inLines(item, inner, style))
    : Object.entries(value).map(([name, item]) => `${inner}${JSON.stringify(name)}: ${inLines(item, inner, style)}`);
  const [open, close] = isList(value) ? "[]" : "{}";
  return [open, items.join(`,${eol}`), margin + close].join(eol);
}

function holdsObjects(value: Json): value is Exclude<Json, string> {
  if (typeof value === "string") return false;
  return Object.values(value).some((item) => typeof item === "object" && (!isList(item) || holdsObjects(item)));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
