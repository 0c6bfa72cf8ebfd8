/** `reprise` and `reprise/edge` in Workers: they find the bindings of `cloudflare:workers` by themselves. */
import "./platform.ts";

export * from "../src/edge/index.ts";
