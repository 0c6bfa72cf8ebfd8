import process from "node:process";

const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes a line of data to stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line to stderr, where it is no part of the data. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function printJson(json: unknown): void {
  print(toJsonLine(json));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** JSON whose text has no control characters either. */
export function toJsonLine(json: unknown): string {
  return JSON.stringify(json).replace(controls, (char) => char.split("").map(escapeUnit).join(""));
}

/** Text of others without control characters, which could move the cursor or hide text. Line breaks stay. */
export function printable(text: string): string {
  return text.replace(controls, (char) => (char === "\n" ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`));
}

/** The same in one line. */
export function inOneLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n");
}

/** Writes rows as aligned columns. Those of `right`, by index, are aligned to the right. */
export function printTable(rows: readonly (readonly string[])[], right: readonly number[] = []): void {
  const cells = rows.map((row) => row.map(inOneLine));
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => (row[i] ?? "").length)));
  for (const row of cells) {
    const padded = row.map((cell, i) =>
      right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    print(padded.join("  ").trimEnd());
  }
}
