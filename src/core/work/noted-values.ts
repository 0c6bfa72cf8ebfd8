import { InvalidArgumentError } from "../../errors/index.ts";

/** Copies of values by name, for a transaction and the transactions inside it. */
export class NotedValues {
  readonly #around: NotedValues | undefined;
  readonly #values = new Map<string, unknown>();

  constructor(around: NotedValues | undefined) {
    this.#around = around;
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, copyOf(value, name));
  }

  get(name: string, ...fallback: [value?: unknown]): unknown {
    if (this.#values.has(name)) return copyOf(this.#values.get(name), name);
    if (this.#around) return this.#around.get(name, ...fallback);
    if (fallback.length > 0) return fallback[0];
    throw new InvalidArgumentError(
      `Nothing was set as "${name}" in this transaction: call set("${name}", value) first, or pass get a fallback`,
    );
  }
}

function copyOf(value: unknown, name: string): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new InvalidArgumentError(`The value of set("${name}") can't be copied by structuredClone: ${String(cause)}`, {
      cause,
    });
  }
}
