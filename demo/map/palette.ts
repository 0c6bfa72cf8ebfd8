type Color = readonly [red: number, green: number, blue: number];

export interface Palette {
  readonly water: string;
  readonly land: string;
  readonly coast: string;
  readonly border: string;
  readonly graticule: string;
  /** From little to much. */
  readonly ramp: readonly Color[];
}

const light: Palette = {
  water: "#e9eff1",
  land: "#fbf9f4",
  coast: "#8b9aa3",
  border: "#c3cbce",
  graticule: "#dce5e8",
  ramp: [
    [203, 228, 216],
    [133, 196, 184],
    [58, 152, 164],
    [35, 102, 145],
    [42, 58, 117],
    [45, 22, 77],
  ],
};

const dark: Palette = {
  water: "#10171d",
  land: "#1b242c",
  coast: "#5b6b76",
  border: "#35424c",
  graticule: "#19232b",
  ramp: [
    [22, 62, 79],
    [18, 102, 113],
    [34, 146, 127],
    [104, 188, 109],
    [196, 218, 96],
    [255, 246, 178],
  ],
};

export const palettes = { light, dark } as const;

/** How strong a density is drawn, 0 to 1: by its square root, so that thin places can still be told apart. */
export function intensity(density: number, max: number): number {
  return max === 0 ? 0 : Math.sqrt(Math.max(0, density) / max);
}

/** The ramp in 256 steps as RGBA bytes; the first eighth fades in, so that the land shows where nearly nothing is. */
export function rampBytes({ ramp }: Palette): Uint8ClampedArray {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let step = 0; step < 256; step++) {
    bytes.set(mix(ramp, step / 255), step * 4);
    bytes[step * 4 + 3] = Math.min(1, step / 32) * 235;
  }
  return bytes;
}

function mix(ramp: readonly Color[], share: number): Color {
  const place = share * (ramp.length - 1);
  const from = ramp[Math.floor(place)] ?? [0, 0, 0];
  const to = ramp[Math.ceil(place)] ?? from;
  const between = place % 1;
  const part = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * between);
  return [part(0), part(1), part(2)];
}

/** The ramp as a CSS gradient, for the legend. */
export function rampGradient({ ramp, land }: Palette): string {
  const stops = ramp.map((color, index) => `rgb(${color.join(" ")}) ${(index / (ramp.length - 1)) * 92 + 8}%`);
  return `linear-gradient(to right, ${land}, ${stops.join(", ")})`;
}
