import { type AnswerSource, sourceNames, sources } from "../store/answer-source.ts";
import type { PastAnswer } from "../store/history.ts";
import { formatTime } from "../support/format.ts";

/** The labels along the axis, in milliseconds: powers of ten from 10^-2 to 10^5. */
const ticks = ["10 µs", "0.1 ms", "1 ms", "10 ms", "0.1 s", "1 s", "10 s", "100 s"];
const leastPower = -2;
const left = 122;
const right = 24;
const laneHeight = 30;

/** One dot for each answer: a lane for each source that has answered, along a logarithmic axis of time. */
export class TimingPlot {
  readonly #svg: SVGSVGElement;
  #answers: readonly PastAnswer[] = [];

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    new ResizeObserver(() => this.#draw()).observe(svg);
  }

  /** `answers`: the latest last. */
  show(answers: readonly PastAnswer[]): void {
    this.#answers = answers.filter(({ source }) => sources.includes(source));
    this.#draw();
  }

  /** Drawn at its own width, so that letters keep their size. */
  #draw(): void {
    const lanes = sources.filter((source) => this.#answers.some((answer) => answer.source === source));
    const bottom = lanes.length * laneHeight + 6;
    this.#svg.style.height = `${bottom + 28}px`;
    this.#svg.replaceChildren();
    lanes.forEach((source, lane) => this.#drawLane(source, middle(lane)));
    const isNarrow = this.#svg.clientWidth < 450;
    ticks.forEach((label, index) => {
      const x = this.#place(10 ** (index + leastPower));
      add(this.#svg, "line", { x1: x, x2: x, y1: 2, y2: bottom });
      if (!isNarrow || index % 2 === 0)
        add(this.#svg, "text", { x, y: bottom + 16, "text-anchor": "middle" }).append(label);
    });
    for (const { source, duration } of this.#answers) {
      const place = { cx: this.#place(duration), cy: middle(lanes.indexOf(source)) };
      const dot = add(this.#svg, "circle", { class: `dot ${source}`, ...place, r: 5 });
      add(dot, "title", {}).append(`${sourceNames[source]}: ${formatTime(duration)}`);
    }
  }

  #drawLane(source: AnswerSource, y: number): void {
    add(this.#svg, "line", { x1: left, x2: this.#svg.clientWidth - right, y1: y, y2: y });
    const text = add(this.#svg, "text", { class: "lane-name", x: left - 12, y: y + 4, "text-anchor": "end" });
    text.append(sourceNames[source]);
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
