import { RepriseError } from "./reprise-error.ts";

/** An input has no stable hash, such as a function or a class instance. `path` leads to it. */
export class HashError extends RepriseError {
  override readonly name = "HashError";
  override readonly code = "HASH";
}
