/** Takes as many bytes as asked for from chunks of any length. */
export class ByteReader {
  readonly #pull: () => Promise<Uint8Array | undefined>;
  #chunk: Uint8Array = new Uint8Array();

  /** `pull`: the next chunk, or `undefined` at the end. */
  constructor(pull: () => Promise<Uint8Array | undefined>) {
    this.#pull = pull;
  }

  /** The rest of a chunk, or the next one. `undefined` at the end. `most`: no more bytes than this. */
  async next(most = Infinity): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      const chunk = await this.#pull();
      if (!chunk) return undefined;
      this.#chunk = chunk;
    }
    const bytes = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(bytes.length);
    return bytes;
  }

  /** A copy of the next bytes. Throws an `Error` if there are fewer. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const taken = new Uint8Array(length);
    await this.#each(length, (bytes, at) => taken.set(bytes, at));
    return taken;
  }

  /** Throws an `Error` if there are fewer bytes. */
  async skip(length: number): Promise<void> {
    await this.#each(length, () => {});
  }

  async #each(length: number, use: (bytes: Uint8Array, at: number) => void): Promise<void> {
    for (let at = 0; at < length;) {
      const bytes = await this.next(length - at);
      if (!bytes) throw new Error(`The tar archive ends ${length - at} bytes early`);
      use(bytes, at);
      at += bytes.length;
    }
  }
}
