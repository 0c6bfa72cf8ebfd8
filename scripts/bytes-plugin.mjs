import { readFile } from "node:fs/promises";

const SUFFIX = "?bytes";

/**
 * `import bytes from "./file.bin?bytes"` gives the file as a `Uint8Array` in every runtime the tests run in; workerd and
 * browsers have no file system. For many at once: `import.meta.glob("./*.bin", { query: "?bytes", import: "default", eager: true })`.
 * Each module holds one array, so a test that changes bytes takes a copy.
 * @returns {import("vite").Plugin}
 */
export function bytesPlugin() {
  return {
    name: "reprise:bytes",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(SUFFIX)) return undefined;
      const file = id.slice(0, -SUFFIX.length);
      this.addWatchFile(file);
      const base64 = (await readFile(file)).toString("base64");
      return `export default Uint8Array.from(atob(${JSON.stringify(base64)}), (char) => char.charCodeAt(0));`;
    },
  };
}
