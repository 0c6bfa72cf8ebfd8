/** What is loaded once and then at hand, network or not; again where that failed. */
export class Loads<Key, Value> {
  readonly #load: (key: Key) => Promise<Value>;
  readonly #begun = new Map<Key, Promise<Value>>();
  readonly #loaded = new Set<Key>();

  constructor(load: (key: Key) => Promise<Value>) {
    this.#load = load;
  }

  get(key: Key): Promise<Value> {
    const begun = this.#begun.get(key);
    if (begun) return begun;
    const loading = this.#load(key);
    this.#begun.set(key, loading);
    loading.then(
      () => this.#loaded.add(key),
      () => this.#begun.delete(key),
    );
    return loading;
  }

  has(key: Key): boolean {
    return this.#loaded.has(key);
  }
}
