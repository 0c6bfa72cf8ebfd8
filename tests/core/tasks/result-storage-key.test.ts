import { describe, expect, test } from "vitest";
import type { CacheKeyFlow, CacheKeyTask } from "../../../src/core/keys/cache-policy.ts";
import { parseStorageKeyTemplate } from "../../../src/core/keys/storage-key-template.ts";
import { getRunContext } from "../../../src/core/context/run.ts";
import { describeCall } from "../../../src/core/tasks/task-inputs.ts";
import { ConfigurationError, InvalidArgumentError, MissingContextError } from "../../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";

const report: CacheKeyTask = { name: "report", fn: () => 1 };
const yearly: CacheKeyFlow = { id: "0123", name: "yearly", parameters: { year: 2026, place: { city: "Oslo" } } };

function fill(template: string, args: readonly unknown[] = [], flow?: CacheKeyFlow): string {
  return parseStorageKeyTemplate(template)(describeCall(report, args, ["first"], flow));
}

describe("a template", () => {
  test.for([
    ["daily", "daily"],
    ["{task.name}/all", "report/all"],
    ["{parameters.user.id}", "7"],
    ["{parameters.user.home.city}-{parameters.user.id}", "Oslo-7"],
    ["{parameters.id}", "12345678901234567890"],
    ["{parameters.draft}", "false"],
    ["{parameters.title}", "a/b c"],
    ["{parameters.big number}", "0.5"],
    ["{flow.name}", "yearly"],
    ["{flow.parameters.year}/{flow.parameters.place.city}", "2026/Oslo"],
    ["{run.id}", "0123"],
  ] as const)("%s gives %s", ([template, key]) => {
    const user: object = Object.assign(Object.create(null) as object, { id: 7, home: { city: "Oslo" } });
    const inputs = { user, id: 12345678901234567890n, draft: false, title: "a/b c", "big number": 0.5 };
    expect(fill(template, [inputs], yearly)).toBe(key);
  });

  test("names arguments by their parameters, and by position without", () => {
    expect(fill("{parameters.first}/{parameters.1}", ["a", "b"])).toBe("a/b");
  });

  test.for([
    ["{{task.name}}", "{task.name}"],
    ["{{{task.name}}}", "{report}"],
    ["{{{{}}}}", "{{}}"],
    ["a}}{task.name}{{b", "a}report{b"],
    ["}}{{", "}{"],
  ] as const)("takes doubled braces for braces: %s gives %s", ([template, key]) => {
    expect(fill(template)).toBe(key);
  });

  test.for([
    ["{city}", "{city}"],
    ["{parameters}", "{parameters}"],
    ["{parameters.}", "{parameters.}"],
    ["{parameters.user.}", "{parameters.user.}"],
    ["{parameters..id}", "{parameters..id}"],
    ["{flow.parameters}", "{flow.parameters}"],
    ["{flow.id}", "{flow.id}"],
    ["{flow.run.id}", "{flow.run.id}"],
    ["{task.version}", "{task.version}"],
    ["{ task.name }", "{ task.name }"],
    ["a{}", "{}"],
    ["{", "{"],
    ["}", "}"],
    ["{task.name", "{"],
    ["task.name}", "}"],
    ["{{task.name}", "}"],
    ["{task.name}}", "}"],
    ["{parameters.{task.name}}", "{"],
  ] as const)("%s is refused at once, with what is known", ([template, got]) => {
    const known =
      "{task.name}, {task.runId}, {run.id}, {flow.name}, {parameters.x} and {flow.parameters.x}, where x is an input";
    const { task } = createTaskWorld();
    const error = new ConfigurationError(`resultStorageKey knows ${known}; got ${got}`);
    expect(() => parseStorageKeyTemplate(template)).toThrow(error);
    expect(() => task(() => 1, { resultStorageKey: template })).toThrow(error);
  });

  test("is a text", () => {
    expect(() => parseStorageKeyTemplate(5 as never)).toThrow(
      new ConfigurationError("resultStorageKey has to be a string; got number"),
    );
  });
});

describe("filling in refuses", () => {
  test.for([
    ["an input that is undefined", { user: { id: undefined } }, "undefined"],
    ["null", { user: { id: null } }, "null"],
    ["an object", { user: { id: {} } }, "object"],
    ["an array", { user: { id: [7] } }, "object"],
    ["a function", { user: { id: () => 7 } }, "function"],
    ["a symbol", { user: { id: Symbol("7") } }, "symbol"],
  ] as const)("%s", ([, inputs, got]) => {
    const error = (whole: string) =>
      new InvalidArgumentError(
        `${whole} in resultStorageKey has to be a string, number, bigint or boolean; got ${got}`,
      );
    expect(() => fill("{parameters.user.id}", [inputs])).toThrow(error("{parameters.user.id}"));
    const flow = { ...yearly, parameters: inputs };
    expect(() => fill("{flow.parameters.user.id}", [], flow)).toThrow(error("{flow.parameters.user.id}"));
  });

  const cases = [
    [
      "an input that is missing",
      { city: "Oslo", km: 15 },
      "user",
      "; this call has {parameters.city}, {parameters.km}",
    ],
    ["an input of a call without any", {}, "user", "; this call has none"],
    ["a property that is missing", { user: { name: "Ada" } }, "user.id", "; this call has {parameters.user.name}"],
    ["a property that is inherited", { user: Object.create({ id: 7 }) as object }, "user.id", "; this call has none"],
    ["a path through null", { user: null }, "user.id", ": {parameters.user} has to be an object; got null"],
    ["a path through a text", { user: "id" }, "user.id", ": {parameters.user} has to be an object; got string"],
  ] as const;

  test.for(cases)("%s, and lists those that exist", ([, inputs, path, reason]) => {
    const message = `There is no {parameters.${path}} for resultStorageKey${reason}`;
    expect(() => fill("{parameters.user.id}", [inputs])).toThrow(new InvalidArgumentError(message));
    const ofFlow = new InvalidArgumentError(message.replaceAll("{parameters", "{flow.parameters"));
    expect(() => fill("{flow.parameters.user.id}", [], { ...yearly, parameters: inputs })).toThrow(ofFlow);
  });

  test("a name for an argument that has only a position, and tells how arguments get names", () => {
    const error = new InvalidArgumentError(
      "There is no {parameters.city} for resultStorageKey; this call has {parameters.0}, {parameters.1}. The option parameters gives the arguments names",
    );
    const call = describeCall(report, ["Oslo", 15], []);
    expect(() => parseStorageKeyTemplate("{parameters.city}")(call)).toThrow(error);
  });

  test.for(["{flow.name}", "{flow.parameters.year}"])("%s where there is no flow", (template) => {
    const error = new MissingContextError(
      `${template} in resultStorageKey needs a flow: the task was called outside of one`,
    );
    expect(() => fill(template, [{ year: 2026 }])).toThrow(error);
    expect(error.code).toBe("MISSING_CONTEXT");
  });
});

describe("a run's id", () => {
  const runIdOf = (key: string): string => /([0-9a-f]{32})/.exec(key)?.[1] ?? "";

  test("is the same wherever a template asks for it, and another for each call", () => {
    const template = parseStorageKeyTemplate("{run.id}/{task.runId}");
    const [one, other] = [describeCall(report, [], []), describeCall(report, [], [])];
    expect(template(one)).toBe(`${one.taskRunId}/${one.taskRunId}`);
    expect(one.taskRunId).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(template(other)).not.toBe(template(one));
  });

  test("in a flow is the flow's; the task's own stays to itself", () => {
    const description = describeCall(report, [], [], yearly);
    expect(parseStorageKeyTemplate("{run.id}/{task.runId}")(description)).toBe(`0123/${description.taskRunId}`);
  });

  test("is that of the run which the task sees", async () => {
    const { flow, task, storage } = createTaskWorld();
    const own = task(() => getRunContext().id, { resultStorageKey: "own/{task.runId}" });
    const ofFlow = task(() => 1, { resultStorageKey: "{flow.name}/{run.id}" });
    const id = await own();
    const flowId = await flow(
      () => {
        const run = getRunContext();
        return ofFlow().then(() => run.id);
      },
      { name: "yearly" },
    )();
    const keys = await keysOf(storage);
    expect(keys.toSorted()).toEqual([`own/${id}`, `yearly/${flowId}`]);
    expect(runIdOf(keys[0]!)).not.toBe(runIdOf(keys[1]!));
  });
});

test("a call whose template can't be filled in rejects, and keeps nothing", async () => {
  const { task, storage } = createTaskWorld();
  await expect(task(() => 1, { resultStorageKey: "{flow.name}" })()).rejects.toThrow(MissingContextError);
  await expect(task(() => 1, { resultStorageKey: "{parameters.x}" })()).rejects.toThrow(InvalidArgumentError);
  expect(await keysOf(storage)).toEqual([]);
});

test("inside of nested flows a template sees the inner one", async () => {
  const { flow, task, storage } = createTaskWorld();
  const named = task(() => 1, { resultStorageKey: "{flow.name}-{flow.parameters.level}" });
  const inner = flow((_: { level: number }) => named(), { name: "inner" });
  await flow((_: { level: number }) => inner({ level: 2 }), { name: "outer" })({ level: 1 });
  expect(await keysOf(storage)).toEqual(["inner-2"]);
});
