import { describe, expect, test } from "vitest";
import { parseStorageKeyTemplate } from "../../src/core/result-storage-key.ts";
import { describeCall } from "../../src/core/task-inputs.ts";
import { ConfigurationError, InvalidArgumentError, MissingContextError } from "../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";

const task = { name: "square", fn: (x: number) => x * x };
const flow = { id: "f00", name: "report", parameters: { year: 2026, user: { id: 7 } } };

const fill = (template: string, args: readonly unknown[] = [{ x: 2, city: { name: "Oslo" } }], inFlow = true) =>
  parseStorageKeyTemplate(template)(describeCall(task, args, ["first"], inFlow ? flow : undefined));

describe("a template of a storage key", () => {
  test.each([
    ["{task.name}-{parameters.x}", "square-2"],
    ["{parameters.city.name}/{parameters.x}", "Oslo/2"],
    ["{flow.name}/{flow.parameters.year}/{flow.parameters.user.id}", "report/2026/7"],
    ["runs/{run.id}", "runs/f00"],
    ["a {{plain}} text", "a {plain} text"],
    ["", ""],
  ])("%s reads %s", (template, key) => {
    expect(fill(template)).toBe(key);
  });

  test("names arguments by their parameter and by position, and the task's own run", () => {
    expect(fill("{parameters.first}-{parameters.1}", [true, 5n])).toBe("true-5");
    const call = describeCall(task, [1], []);
    expect(parseStorageKeyTemplate("{task.runId}-{run.id}")(call)).toBe(`${call.taskRunId}-${call.taskRunId}`);
  });

  test.each([
    "{task.version}",
    "{parameters}",
    "{parameters.}",
    "{x}",
    "{}",
    "{task.name",
    "task.name}",
    "{{parameters.x}",
  ])("%s names nothing known, and is refused at once with all that is known", (template) => {
    expect(() => parseStorageKeyTemplate(template)).toThrow(ConfigurationError);
    expect(() => parseStorageKeyTemplate(template)).toThrow("{task.name}, {task.runId}, {run.id}, {flow.name}");
  });

  test.each([
    "{parameters.y}",
    "{parameters.city}",
    "{parameters.x.y}",
    "{parameters.toString}",
    "{parameters.city.constructor}",
  ])("%s stands for no plain text here", (template) => {
    expect(() => fill(template)).toThrow(InvalidArgumentError);
    expect(() => fill(template)).toThrow(template);
  });

  test("that needs a flow says so where there is none", () => {
    for (const template of ["{flow.name}", "{flow.parameters.year}"]) {
      expect(() => fill(template, [], false)).toThrow(MissingContextError);
    }
  });

  test("is filled with the flow that the task is called in", async () => {
    const world = createTaskWorld();
    const keyed = world.task((x: number) => x, { resultStorageKey: "{flow.name}-{parameters.0}-{run.id}" });
    await world.flow(async () => keyed(3), { name: "report" })();
    expect((await keysOf(world.storage))[0]).toMatch(/^report-3-[0-9a-f]{32}$/);
    await expect(keyed(3)).rejects.toBeInstanceOf(MissingContextError);
  });
});
