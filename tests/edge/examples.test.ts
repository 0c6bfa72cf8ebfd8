import { expect, test } from "vitest";
import examples from "virtual:examples/workerd";

test("the edge and the Worker have examples", () => {
  const files = new Set(
    examples.map(({ name }) =>
      name
        .split("/")
        .slice(0, name.startsWith("src/") ? 2 : 1)
        .join("/"),
    ),
  );
  expect([...files]).toEqual(expect.arrayContaining(["src/edge", "workers"]));
});

test.each(examples)("the example at $name runs", async ({ load }) => {
  const { run } = await load();
  await run();
});
