import { ConfigurationError } from "../../errors/index.ts";

/** The time at which a write to several storages is done: once the truth has it, or once the nearest has. */
export type TieredWrites = "through" | "behind";

/** Throws `ConfigurationError` for other values. */
export function assertTieredWrites(writes: unknown): asserts writes is TieredWrites {
  if (writes === "through" || writes === "behind") return;
  throw new ConfigurationError(`writes has to be "through" or "behind"; got ${String(writes)}`);
}
