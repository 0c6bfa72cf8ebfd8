const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;

/** Rows of a CSV text as objects named by its first line; quotes may hold commas, line ends and doubled quotes. */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [whole, quoted, plain, end] of text.matchAll(field)) {
    // the match of nothing behind the last line end
    if (whole === "" && row.length === 0) break;
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  const [names = [], ...records] = rows;
  return records.map((record) => Object.fromEntries(names.map((name, i) => [name, record[i] ?? ""])));
}
