/** Runs work on the same name one after the other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** The names with work that has not ended. */
  get names(): string[] {
    return [...this.#last.keys()];
  }

  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#last.set(name, turn);
    const end = () => {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    };
    turn.then(end, end);
    return turn;
  }
}
