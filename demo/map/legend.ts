import { element } from "../support/dom.ts";
import { formatNumber } from "../support/format.ts";
import type { DensityMap } from "../density/kde.ts";
import { currentPalette } from "./color-scheme.ts";
import { intensity, rampGradient } from "./palette.ts";

const areas = [1, 1_000, 1_000_000] as const;

/** The square kilometres that a density is given for: so many that the largest is at least one. */
export function areaUnit(max: number): number {
  return areas.find((area) => max * area >= 1) ?? 1_000_000;
}

export function drawLegend(legend: HTMLElement, map: DensityMap, unit: string): void {
  const area = areaUnit(map.max);
  const bar = element("div", { className: "ramp" });
  bar.style.background = rampGradient(currentPalette());
  const ticks = ticksFor(map.max * area).map((value) => {
    const tick = element("span", {}, formatNumber(value));
    tick.style.left = `${intensity(value, map.max * area) * 100}%`;
    return tick;
  });
  legend.replaceChildren(
    element("div", { className: "legend-title" }, `${unit} per ${perArea(area)}`),
    bar,
    element("div", { className: "ticks" }, ...ticks),
  );
}

export function perArea(area: number): string {
  return area === 1 ? "km²" : area === 1_000 ? "1,000 km²" : "million km²";
}

/** Round numbers near a sixteenth, a quarter, a half and all of the largest. */
function ticksFor(max: number): number[] {
  if (max === 0) return [0];
  return [0, ...[1 / 16, 1 / 4, 9 / 16, 1].map((share) => roundDown(max * share))];
}

function roundDown(value: number): number {
  const power = 10 ** (Math.floor(Math.log10(value)) - 1);
  const step = value / power >= 40 ? 5 * power : 2 * power;
  return Math.floor(value / step) * step;
}
