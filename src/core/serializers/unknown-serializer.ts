import { UnsupportedRecordError } from "../../errors/index.ts";
import type { Serializer } from "./serializer.ts";

/** Replaces a serializer that is not registered here, so that the metadata of its records stays usable. */
export class UnknownSerializer implements Serializer {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;

  constructor(type: string, options: Readonly<Record<string, unknown>> = {}) {
    this.type = type;
    this.options = options;
  }

  /** Throws `UnsupportedRecordError`. */
  dumps(): never {
    throw this.#unsupported();
  }

  /** Throws `UnsupportedRecordError`. */
  loads(): never {
    throw this.#unsupported();
  }

  #unsupported(): UnsupportedRecordError {
    return new UnsupportedRecordError(`No serializer is registered as "${this.type}"; registerSerializer adds one`);
  }
}
