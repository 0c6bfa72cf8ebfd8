import { type Palette, palettes } from "./palette.ts";

export const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export function currentPalette(): Palette {
  return palettes[prefersDark.matches ? "dark" : "light"];
}
