/** What a page tells of an increment under a lock. */
export type CounterStep = "begin" | "end" | "refused";

/** A counter that several pages increment under a lock. Every increment that resolved counts, and no refused one. */
export class CounterModel {
  #ended = 0;
  readonly #begun = new Set<string>();

  /** How many increments resolved. */
  get ended(): number {
    return this.#ended;
  }

  note(page: string, step: CounterStep): void {
    if (step === "begin") this.#begun.add(page);
    else this.#begun.delete(page);
    if (step === "end") this.#ended++;
  }

  /** Takes what is there, while no page counts any more, as the new state. */
  resume(found: number): void {
    const most = this.#ended + this.#begun.size;
    if (!(found >= this.#ended && found <= most)) {
      throw new Error(`The counter is ${found}, not between ${this.#ended} and ${most}`);
    }
    this.#ended = found;
    this.#begun.clear();
  }
}
