import { vi } from "vitest";

// Vitest waits for a condition for one second, which a busy machine may need for less than that.
const { waitFor, waitUntil } = vi;
const patient = (options: Parameters<typeof waitFor>[1]) =>
  typeof options === "number" ? options : { timeout: 15_000, ...options };
vi.waitFor = (condition, options) => waitFor(condition, patient(options));
vi.waitUntil = (condition, options) => waitUntil(condition, patient(options));
