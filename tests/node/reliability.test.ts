import { expect, test } from "vitest";
import { reliabilityDocument } from "../trials/reliability-document.ts";

test("docs/reliability.md states the numbers of the last long run", async () => {
  const { written, drawn } = await reliabilityDocument();
  expect(written).toBe(drawn);
});
