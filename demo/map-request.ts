import { InvalidArgumentError } from "../src/errors/index.ts";
import { type PageOptions, readUrl } from "./settings.ts";

const required = ["dataset", "bandwidth", "resolution", "keep"] as const;

/** What the Worker is asked to compute: what the page's own form can say, and nothing that costs more. Throws `InvalidArgumentError`. */
export function readMapRequest(search: string): PageOptions {
  const query = new URLSearchParams(search);
  const options = readUrl(search);
  const meant: Record<string, string> = {
    dataset: options.settings.dataset,
    bandwidth: String(options.settings.bandwidth),
    resolution: String(options.settings.resolution),
    keep: options.keep,
    space: options.space,
  };
  // what can't be used, the page's reader has replaced
  const wrong = [...required, "space"].find(
    (name) => (query.get(name) ?? (name === "space" ? "" : null)) !== meant[name],
  );
  if (wrong === undefined) return options;
  throw new InvalidArgumentError(`${wrong} has to be one that the page offers; got ${query.get(wrong) ?? "none"}`);
}
