/** Columns that line up in a terminal: numbers to the right, all else to the left. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const [headings = [], ...body] = rows;
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumbers = headings.map((_, column) => body.every((row) => /^([\d<-]|$)/.test(row[column] ?? "")));
  const toLine = (row: readonly string[]): string =>
    row.map((cell, i) => (isNumbers[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ");
  return rows.map((row) => toLine(row).trimEnd()).join("\n");
}

/** Three digits, or all that stand before the point. */
export function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
