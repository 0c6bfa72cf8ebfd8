// The inside of a page with a strict content security policy.
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { inspect } from "../../../src/inspector/index.ts";

const violations: string[] = [];
addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
const { shadowRoot } = inspect(createResultStore({ name: crypto.randomUUID() }));
const root = shadowRoot!.querySelector(".root")!;
shadowRoot!.querySelector("button")!.click();
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    const { borderBottomLeftRadius } = getComputedStyle(shadowRoot!.querySelector("button.quiet")!);
    parent.postMessage(
      { radius: root.classList.contains("closed") ? "closed" : borderBottomLeftRadius, violations },
      "*",
    );
  }),
);
