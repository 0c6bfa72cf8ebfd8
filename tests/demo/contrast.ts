import type { Page } from "playwright";

/** Texts whose colour is too near to what is behind them, by WCAG's ratio. Disabled controls don't count. */
export function lowContrasts(page: Page, least: number): Promise<string[]> {
  return page.evaluate((wanted) => {
    const parts = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string) => {
      const [red = 0, green = 0, blue = 0] = parts(color).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const backgroundOf = (element: Element | null): string => {
      if (element === null) return "rgb(255, 255, 255)";
      const [red = 0, green = 0, blue = 0, alpha = 1] = parts(getComputedStyle(element).backgroundColor);
      if (alpha === 1) return `rgb(${red}, ${green}, ${blue})`;
      const below = parts(backgroundOf(element.parentElement));
      const mixed = [red, green, blue].map((part, index) => part * alpha + (below[index] ?? 0) * (1 - alpha));
      return `rgb(${mixed.join(", ")})`;
    };
    const ratio = (one: string, other: string) => {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const low: string[] = [];
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent?.trim();
      if (!element?.checkVisibility() || !text || element.matches(":disabled, option, script, style")) continue;
      const { color, fill } = getComputedStyle(element);
      const found = ratio(element instanceof SVGElement ? fill : color, backgroundOf(element));
      if (found < wanted) low.push(`${found.toFixed(2)}: ${text}`);
    }
    return low;
  }, least);
}
