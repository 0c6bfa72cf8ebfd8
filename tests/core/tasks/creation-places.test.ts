import { afterEach, describe, expect, test, vi } from "vitest";
import { createStore } from "../../stores.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { createTaskWorld, type TaskWorld } from "./task-world.ts";

const host = Error as unknown as { prepareStackTrace: unknown };
const { prepareStackTrace } = host;

afterEach(() => {
  host.prepareStackTrace = prepareStackTrace;
  vi.restoreAllMocks();
});

/** A task that seems to have been created where the stack says, since the other engines and loaders are not here. */
function createAt({ task }: TaskWorld, stack: string) {
  host.prepareStackTrace = () => stack;
  const multiply = task((x: number) => x * 2, { name: "multiply" });
  host.prepareStackTrace = prepareStackTrace;
  return multiply;
}

/** Only V8 has stacks that a test can replace. */
const canPretend = (() => {
  host.prepareStackTrace = () => "pretended";
  const { stack } = new Error();
  host.prepareStackTrace = prepareStackTrace;
  return stack === "pretended";
})();

const v8 = (...frames: string[]) => ["Error", ...frames.map((frame) => `    at ${frame}`)].join("\n");
const lines = (...frames: string[]) => `${frames.join("\n")}\n`;
const require = "__webpack_require__ (http://host/main.js:700:32)";

describe.runIf(canPretend)("a task of a module that is evaluated again is no other one", () => {
  test.for([
    ["Firefox", lines("@http://host/x.js?t=1:3:5"), lines("@http://host/x.js?t=2:7:5")],
    ["Safari", lines("module code@http://host/x.js:3:5"), lines("module code@http://host/x.js?t=2:3:5")],
    [
      "Chrome, by a helper",
      v8("help (http://host/h.js:1:2)", "http://host/x.js?t=1:3:5"),
      v8("help (http://host/h.js:1:2)", "http://host/x.js?t=2:9:5"),
    ],
    [
      "webpack",
      v8("./src/x.js (http://host/main.js:10:5)", require),
      v8("./src/x.js (http://host/main.abc.hot-update.js:12:7)", require),
    ],
    [
      "webpack, with eval",
      v8("eval (webpack-internal:///./src/x.js:10:5)", require),
      v8("eval (webpack-internal:///./src/x.js:12:7)", require),
    ],
    [
      "Jest",
      v8(
        "Object.<anonymous> (/app/x.js:3:5)",
        "Runtime._execModule (/app/node_modules/jest-runtime/index.js:1:1)",
        "one (/app/a.js:1:1)",
      ),
      v8(
        "Object.<anonymous> (/app/x.js:3:5)",
        "Runtime._execModule (/app/node_modules/jest-runtime/index.js:1:1)",
        "other (/app/b.js:1:1)",
      ),
    ],
  ] as const)("%s", async ([, one, other]) => {
    const world = createTaskWorld();
    const first = createAt(world, one);
    expect(await first(3)).toBe(6);
    const second = createAt(world, other);
    expect([await second(3), await first(4)]).toEqual([6, 8]);
  });
});

describe.runIf(canPretend)("a task that a factory creates again is another one", () => {
  test.for([
    [
      "Firefox",
      lines("multiply@http://host/x.js:3:5", "@http://host/x.js:4:1"),
      lines("multiply@http://host/x.js:3:5", "@http://host/x.js:5:1"),
    ],
    [
      "Safari, in a loop",
      lines("@http://host/x.js:3:5", "map@[native code]"),
      lines("@http://host/x.js:3:5", "map@[native code]"),
    ],
    ["an engine without stacks", "", ""],
    ["two modules", v8("http://host/x.js:3:5"), v8("http://host/y.js:3:5")],
    [
      "webpack",
      v8("multiply (http://host/main.js:9:5)", "./src/x.js (http://host/main.js:10:5)", require),
      v8("multiply (http://host/main.js:9:5)", "./src/y.js (http://host/main.js:20:5)", require),
    ],
    [
      "a function whose name says module",
      v8("createModule (http://host/x.js:3:5)"),
      v8("createModule (http://host/x.js:3:5)"),
    ],
  ] as const)("%s", async ([, one, other]) => {
    const world = createTaskWorld();
    expect(await createAt(world, one)(3)).toBe(6);
    await expect(createAt(world, other)(3)).rejects.toThrow(/^Two tasks have the name "multiply"/);
  });
});

test("a result that is not kept is one warning for its key and reason, if nobody listens", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const task = createTask(() => createStore());
  const sum = task((bytes: Uint8Array) => bytes.reduce((a, b) => a + b, 0), { name: "summed" });
  const bytes = new Uint8Array(3);
  for (let i = 0; i < 2; i++) {
    const call = sum(bytes.fill(1));
    bytes.fill(2);
    expect(await call).toBe(6);
  }
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/^\[reprise\] The result of "summed\/.*" is not kept: InvalidArgumentError: .*"summed"/)],
  ]);
});
