import { fileURLToPath } from "node:url";

export const demoConfig = fileURLToPath(new URL("../../demo/vite.config.ts", import.meta.url));
