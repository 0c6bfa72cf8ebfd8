import { type AnswerSource, sourceNames } from "./answer-source.ts";

/** What this browser was once answered. */
export interface PastAnswer {
  readonly key: string;
  readonly source: AnswerSource;
  /** Milliseconds from asking to having it. */
  readonly duration: number;
  /** Milliseconds that the map's computation took, whoever computed it. */
  readonly computedIn: number;
}

interface Past {
  /** The latest last. */
  readonly answers: readonly PastAnswer[];
  readonly replays: number;
  /** Milliseconds that replays took less than the computations. */
  readonly saved: number;
}

const name = "reprise-demo/history";
const nothing: Past = { answers: [], replays: 0, saved: 0 };
const atMost = 100;

const replaySources: readonly AnswerSource[] = ["memory", "storage", "edge"];

export function isReplay({ source }: Pick<PastAnswer, "source">): boolean {
  return replaySources.includes(source);
}

/** Other pages of the origin can write it too. */
function isPast(value: unknown): value is Past {
  const { answers, replays, saved } = Object(value) as Partial<Past>;
  return Array.isArray(answers) && answers.every(isPastAnswer) && Number.isFinite(replays) && Number.isFinite(saved);
}

function isPastAnswer(value: unknown): boolean {
  const { key, source, duration, computedIn } = Object(value) as Partial<PastAnswer>;
  return (
    typeof key === "string" &&
    Object.hasOwn(sourceNames, String(source)) &&
    Number.isFinite(duration) &&
    Number.isFinite(computedIn)
  );
}

/** The answers of all tabs of this browser, kept over reloads; where the browser keeps nothing, those of this tab since it was loaded. */
export class AnswerHistory {
  readonly #onChange: () => void;
  #own = nothing;

  /** `onChange`: the history has changed, here or in another tab. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    addEventListener("storage", ({ key }) => key === name && onChange());
  }

  get past(): Past {
    try {
      const past: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
      return isPast(past) ? past : this.#own;
    } catch {
      return this.#own;
    }
  }

  /** The last replay of a map since it was computed, and what computing it took. */
  of(key: string): { replay?: PastAnswer; computedIn?: number } {
    const answers = this.past.answers.filter((answer) => answer.key === key);
    const latest = answers.at(-1);
    if (latest === undefined) return {};
    const sinceComputed = answers.slice(answers.findLastIndex((answer) => !isReplay(answer)) + 1);
    const replay = sinceComputed.at(-1);
    return { computedIn: latest.computedIn, ...(replay && { replay }) };
  }

  add(answer: PastAnswer): void {
    const { answers, replays, saved } = this.past;
    const gain = isReplay(answer) ? Math.max(0, answer.computedIn - answer.duration) : 0;
    this.#keep({
      answers: [...answers, answer].slice(-atMost),
      replays: replays + Number(isReplay(answer)),
      saved: saved + gain,
    });
  }

  clear(): void {
    this.#keep(nothing);
  }

  #keep(past: Past): void {
    this.#own = past;
    try {
      localStorage.setItem(name, JSON.stringify(past));
    } catch {
      // this tab has it until it is closed
    }
    this.#onChange();
  }
}
