/** Importing this module hands the platform to the library, so `package.json` lists it under `sideEffects`. */
import * as platform from "cloudflare:workers";
import { type Platform, usePlatform } from "../src/edge/bindings/platform.ts";

usePlatform(platform as unknown as Platform);
