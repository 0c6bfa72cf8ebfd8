// A module that tests evaluate again. The tests set `task`, since a module that is evaluated again must not bring its own.
import type { TaskFactory } from "../../../src/core/tasks/task.ts";

const { taskOfTest: task } = globalThis as unknown as { taskOfTest: TaskFactory };

export const square = task((x: number) => x * x, { name: "square" });

const multiply = (factor: number) => task((x: number) => x * factor, { name: "multiply" });

export const double = multiply(2);

export const [viaHelper] = [3].map((factor) => task((x: number) => x * factor, { name: "in a callback" }));
