import { bar, line, svg, text } from "./svg.ts";

export interface Bar {
  readonly label: string;
  /** Absent: no bar, and the text alone. */
  readonly value?: number | undefined;
  readonly text: string;
  readonly kind: "ours" | "other" | "missed";
  /** A line across the bar, at a value to stay below. */
  readonly mark?: number;
}

/** Its bars share a scale. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const rowHeight = 20;
const left = 190;
const longest = 480;

/** Bars that lie, one group below the other. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const parts: string[] = [];
  let y = 44;
  for (const { title: name, bars } of groups) {
    if (name) parts.push(text(16, y + 14, name, "group"));
    if (name) y += rowHeight;
    const most = Math.max(...bars.map(({ value = 0, mark = 0 }) => Math.max(value, mark)));
    for (const each of bars) {
      parts.push(...rowOf(each, y, longest / most));
      y += rowHeight;
    }
    y += 10;
  }
  return svg(y, title, parts);
}

function rowOf({ label, value, text: note, kind, mark }: Bar, y: number, scale: number): string[] {
  const ends = [value ?? 0, mark ?? 0].map((end) => left + end * scale);
  const parts = [text(left - 8, y + 14, label, "end")];
  if (value !== undefined) parts.push(bar(left, y + 3, value * scale, 14, kind));
  if (mark !== undefined) parts.push(line(ends[1]!, y, ends[1]!, y + rowHeight, "mark"));
  parts.push(text(Math.max(...ends) + 8, y + 14, note, "soft"));
  return parts;
}
