import { type AnswerSource, sourceNames } from "../store/answer-source.ts";
import { edgeAnswers } from "../edge/edge.ts";
import { formatTime } from "../support/format.ts";

/** From slow to quick. */
export const lanes: readonly AnswerSource[] = edgeAnswers
  ? ["computed", "worker", "other-browser", "waited", "joined", "edge", "storage", "memory"]
  : ["computed", "waited", "joined", "storage", "memory"];
/** What is written along the axis, in milliseconds: powers of ten from 10^-2 to 10^5. */
const ticks = ["10 µs", "0.1 ms", "1 ms", "10 ms", "0.1 s", "1 s", "10 s", "100 s"];
const leastPower = -2;
const left = 122;
const right = 24;
const laneHeight = 26;
const bottom = lanes.length * laneHeight + 6;

/** One dot for each answer: a lane for where it came from, along a logarithmic axis of time. */
export class TimingPlot {
  readonly #svg: SVGSVGElement;
  readonly #answers: { source: AnswerSource; duration: number }[] = [];

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    svg.style.height = `${bottom + 28}px`;
    new ResizeObserver(() => this.#draw()).observe(svg);
  }

  add(source: AnswerSource, duration: number): void {
    this.#answers.push({ source, duration });
    this.#drawDot(source, duration);
  }

  /** Drawn at its own width, so that letters keep their size. */
  #draw(): void {
    this.#svg.replaceChildren();
    lanes.forEach((source, lane) => {
      const y = middle(lane);
      add(this.#svg, "line", { x1: left, x2: this.#svg.clientWidth - right, y1: y, y2: y });
      add(this.#svg, "text", { class: "lane-name", x: left - 12, y: y + 4, "text-anchor": "end" }).append(
        sourceNames[source],
      );
    });
    const narrow = this.#svg.clientWidth < 450;
    ticks.forEach((label, index) => {
      const x = this.#place(10 ** (index + leastPower));
      add(this.#svg, "line", { x1: x, x2: x, y1: 2, y2: bottom });
      if (narrow && index % 2 === 1) return;
      add(this.#svg, "text", { x, y: bottom + 16, "text-anchor": "middle" }).append(label);
    });
    for (const { source, duration } of this.#answers) this.#drawDot(source, duration);
  }

  #drawDot(source: AnswerSource, duration: number): void {
    const place = { cx: this.#place(duration), cy: middle(lanes.indexOf(source)) };
    const dot = add(this.#svg, "circle", { class: `dot ${source}`, ...place, r: 5 });
    add(dot, "title", {}).append(`${sourceNames[source]}: ${formatTime(duration)}`);
  }

  #place(milliseconds: number): number {
    const powers = Math.log10(Math.max(milliseconds, 10 ** leastPower)) - leastPower;
    const share = Math.min(1, powers / (ticks.length - 1));
    return left + share * (this.#svg.clientWidth - left - right);
  }
}

function middle(lane: number): number {
  return lane * laneHeight + laneHeight / 2 + 2;
}

function add<K extends keyof SVGElementTagNameMap>(
  parent: Element,
  tag: K,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  parent.append(made);
  return made;
}
