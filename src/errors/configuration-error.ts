import { RepriseError } from "./reprise-error.ts";

/** Options contradict each other, name something unknown, or need something that this runtime lacks. */
export class ConfigurationError extends RepriseError {
  override readonly name = "ConfigurationError";
  override readonly code = "CONFIGURATION";
}
