import { InvalidArgumentError } from "../../errors/index.ts";

export function assertFunction(given: unknown, of: string, key?: string): void {
  if (typeof given === "function") return;
  throw new InvalidArgumentError(`${of} needs a function; got ${typeof given}`, { key });
}
