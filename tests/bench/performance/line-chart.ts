import { line, svg, tenth, text } from "./svg.ts";

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const area = { left: 84, right: 590, top: 50, bottom: 350 };
/** Told apart by people who see colours differently, on light and dark. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#9467bd"];

/** Both axes are logarithmic. Numbers stand at each power of ten. */
export function lineChart(title: string, unit: string, series: readonly Series[]): string {
  const points = series.flatMap((each) => each.points);
  const xs = powersOver(points.map(([x]) => x));
  const ys = powersOver(points.map(([, y]) => y));
  const toX = scaleTo(xs, area.left, area.right);
  const toY = scaleTo(ys, area.bottom, area.top);
  const labels = spread(series.map(({ points: own }) => toY(own.at(-1)![1])));
  return svg(390, title, [
    ...ys.flatMap((y) => [
      line(area.left, toY(y), area.right, toY(y)),
      text(area.left - 8, toY(y) + 4, `${number(y)} ${unit}`, "soft end"),
    ]),
    ...xs.map((x) => text(toX(x), area.bottom + 22, number(x), "soft middle")),
    ...series.flatMap(({ label, points: own }, i) => {
      const path = own.map(([x, y]) => `${tenth(toX(x))},${tenth(toY(y))}`).join(" ");
      const colour = colours[i % colours.length]!;
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5"/>`,
        `<circle cx="${area.right + 14}" cy="${tenth(labels[i]! - 4)}" r="5" fill="${colour}"/>`,
        text(area.right + 26, labels[i]!, label),
      ];
    }),
  ]);
}

/** From the power of ten below the smallest value to the one above the largest. */
function powersOver(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function scaleTo(powers: readonly number[], from: number, to: number): (value: number) => number {
  const [first, last] = [Math.log10(powers[0]!), Math.log10(powers.at(-1)!)];
  return (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from);
}

/** Heights of labels in the order of their lines' ends, each below the one before. */
function spread(wanted: readonly number[]): number[] {
  const placed: number[] = [];
  let lowest = 0;
  for (const [i, y] of [...wanted.entries()].sort(([, a], [, b]) => a - b)) {
    placed[i] = lowest = Math.max(y + 4, lowest + 17);
  }
  return placed;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
