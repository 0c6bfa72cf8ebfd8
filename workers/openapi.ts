import type { ResolvedApiOptions } from "./api-options.ts";

export function openApiDocument(_options: ResolvedApiOptions): object {
  return { openapi: "3.1.0" };
}
