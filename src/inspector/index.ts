/** The element `<reprise-inspector>`, for pages in development. Importing this module defines it. */
import { defineInspector } from "./inspect.ts";

export { inspect } from "./inspect.ts";
export { RepriseInspector } from "./inspector-element.ts";

defineInspector();
