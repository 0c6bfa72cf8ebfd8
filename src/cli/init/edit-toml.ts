import { parse, TomlError } from "smol-toml";
import { FailedError } from "../terminal/failures.ts";
import type { ConfigPart, WranglerConfig } from "./missing-parts.ts";

/** Throws `FailedError` unless the text is TOML. */
export function parseToml(text: string, file: string): WranglerConfig {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new FailedError(`${file} can't be read: ${error.message}`, { cause: error });
  }
}

/**
 * The text with the parts: settings before the first table, tables at the end. Throws `FailedError` with the lines if the
 * file holds one of the tables in another form, such as an array in one line.
 */
export function addToToml(text: string, parts: readonly ConfigPart[]): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const settings = parts.filter(({ value }) => typeof value === "string").map(toLines);
  const tables = parts.filter(({ value }) => typeof value !== "string").map(toLines);
  const start = tableStart(text);
  const before = text.slice(0, start);
  const lead = before === "" || before.endsWith("\n") ? before : before + eol;
  const head = settings.length > 0 ? `${lead}${settings.join("\n")}\n${start < text.length ? "\n" : ""}` : before;
  const edited = [(head + text.slice(start)).trimEnd(), ...tables].filter(Boolean).join("\n\n");
  const result = `${edited}\n`.replace(/\r?\n/g, eol);
  try {
    parse(result);
  } catch (cause) {
    const told = "The file has one of these tables in another form, so add the parts to it by hand";
    throw new FailedError(`${told}:\n\n${[...settings, ...tables].join("\n\n")}`, { cause });
  }
  return result;
}

/** The place of the first table, with the comments just above it. */
function tableStart(text: string): number {
  const { index } = /^(?:[ \t]*#.*\r?\n)*[ \t]*\[/m.exec(text) ?? { index: text.length };
  return index;
}

function toLines({ path, value }: ConfigPart): string {
  // a string of JSON is one of TOML too
  if (typeof value === "string") return `${path.join(".")} = ${JSON.stringify(value)}`;
  const fields = Object.entries(value).map(([name, field]) => `${name} = ${toText(field)}`);
  return [`[[${path.join(".")}]]`, ...fields].join("\n");
}

function toText(field: string | readonly string[]): string {
  return typeof field === "string"
    ? JSON.stringify(field)
    : `[${field.map((each) => JSON.stringify(each)).join(", ")}]`;
}
