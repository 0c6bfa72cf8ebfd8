import { RepriseError } from "./reprise-error.ts";

/** Options that don't fit together, an unknown name, or something that this runtime doesn't have. */
export class ConfigurationError extends RepriseError {
  override readonly name = "ConfigurationError";
  override readonly code = "CONFIGURATION";
}
