import { type Environment, useEnvironment } from "../../core/context/configure.ts";
import type { EdgeEnv } from "./find-bindings.ts";

/** The used part of the module `cloudflare:workers`. Only code for Workers can import it, so that code passes it in. */
export interface Platform {
  readonly env: EdgeEnv & Environment;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

let platform: Platform | undefined;

/** Sets the module `cloudflare:workers`. The entries for Workers call this once. */
export function usePlatform(module: Platform): void {
  platform = module;
  useEnvironment(module.env);
}

/** The Worker's bindings; `undefined` in other runtimes. */
export function platformEnv(): EdgeEnv | undefined {
  return platform?.env;
}

/** Keeps the current request alive until the promise settles. Does nothing outside a request. */
export function waitUntilInRequest(promise: Promise<unknown>): void {
  try {
    platform?.waitUntil(promise);
  } catch {
    // at start-up there is no request, so the platform throws
  }
}
