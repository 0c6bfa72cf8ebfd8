/** A record that pages write again and again, and never delete: the version of its value. */
export type Ledger = Readonly<Record<string, number>>;

/** Versions of records that only writes change, one write after the other. */
export class LedgerModel {
  readonly #acknowledged = new Map<string, number>();
  readonly #begun = new Map<string, number>();

  begin(record: string, version: number): void {
    this.#begun.set(record, version);
  }

  end(record: string): void {
    this.#acknowledged.set(record, this.#begun.get(record)!);
    this.#begun.delete(record);
  }

  /** Takes what is there after a crash as the new state. Throws if the last write that resolved is missing. */
  resume(found: Ledger): void {
    for (const record of new Set([...this.#acknowledged.keys(), ...this.#begun.keys(), ...Object.keys(found)])) {
      const [promised, begun] = [this.#acknowledged.get(record), this.#begun.get(record)];
      const version = found[record];
      if (version !== promised && (version === undefined || version !== begun)) {
        throw new Error(`${record}: found ${version}, but only ${promised} or ${begun} are promised`);
      }
      if (version !== undefined) this.#acknowledged.set(record, version);
    }
    this.#begun.clear();
  }
}
