/** Names to the left, numbers to the right. */
export function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

const place = /(<!-- table: (\w+) -->\n).*?(<!-- end -->)/gs;

/** The text with each table where `<!-- table: name -->` says. Throws for one that is not placed exactly once. */
export function withTables(text: string, tables: Readonly<Record<string, string>>): string {
  const missing = new Set(Object.keys(tables));
  const filled = text.replace(place, (_, before: string, name: string, after: string) => {
    const table = tables[name];
    if (table === undefined || !missing.delete(name))
      throw new Error(`There is no table "${name}", or it is here twice`);
    return `${before}\n${table}\n\n${after}`;
  });
  if (missing.size > 0) throw new Error(`No place for ${[...missing].join(", ")}`);
  return filled;
}
