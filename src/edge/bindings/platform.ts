import { type Environment, useEnvironment } from "../../core/context/configure.ts";
import type { EdgeEnv } from "./find-bindings.ts";

/** What the module `cloudflare:workers` has: only code for Workers can import it, and hands it over. */
export interface Platform {
  readonly env: EdgeEnv & Environment;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

let platform: Platform | undefined;

/** The entries for Workers call it once, with `cloudflare:workers`. */
export function usePlatform(module: Platform): void {
  platform = module;
  useEnvironment(module.env);
}

/** The bindings of the Worker; `undefined` in other runtimes. */
export function platformEnv(): EdgeEnv | undefined {
  return platform?.env;
}

/** Keeps the request that it is called in alive until the promise settles; does nothing outside of one. */
export function waitUntilInRequest(promise: Promise<unknown>): void {
  try {
    platform?.waitUntil(promise);
  } catch {
    // at start-up there is no request, and the platform throws
  }
}
