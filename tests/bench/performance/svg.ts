const style = `
  svg { --back: #ffffff; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --ours: #0969da; --other: #8c959f; --missed: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    svg { --back: #0d1117; --text: #f0f6fc; --soft: #9198a1; --line: #3d444d; --ours: #4493f8; --other: #656c76; --missed: #db6d28; }
  }
  .back { fill: var(--back); }
  text { fill: var(--text); font: 12px system-ui, sans-serif; }
  .title { font-weight: 600; font-size: 14px; }
  .group { font-weight: 600; }
  .soft { fill: var(--soft); }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .line { stroke: var(--line); }
  .mark { stroke: var(--text); stroke-width: 2; }
  .ours { fill: var(--ours); }
  .other { fill: var(--other); }
  .missed { fill: var(--missed); }
`;

export const width = 860;

/** A picture with a background of its own, so that it can be read on a light page and on a dark one. */
export function svg(height: number, title: string, parts: readonly string[]): string {
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="back" width="${width}" height="${height}" rx="6"/>`,
    text(16, 26, title, "title"),
    ...parts,
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

export function text(x: number, y: number, content: string, classes = ""): string {
  return `<text x="${tenth(x)}" y="${tenth(y)}" class="${classes}">${escape(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, classes = "line"): string {
  return `<line x1="${tenth(x1)}" y1="${tenth(y1)}" x2="${tenth(x2)}" y2="${tenth(y2)}" class="${classes}"/>`;
}

export function bar(x: number, y: number, length: number, height: number, classes: string): string {
  return `<rect x="${tenth(x)}" y="${tenth(y)}" width="${tenth(Math.max(length, 1))}" height="${height}" rx="2" class="${classes}"/>`;
}

export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
