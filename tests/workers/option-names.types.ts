// An option that is missing in its list of names would be refused as misspelt. Compiles only if no name is missing.
import type { MintTokenOptions, mintTokenOptionNames } from "../../workers/access/mint-token.ts";
import type { ResultsApiOptions, resultsApiOptionNames } from "../../workers/api/api-options.ts";
import type { TaskRunnerOptions, taskRunnerOptionNames } from "../../workers/jobs/task-runner-options.ts";

type Missing<Options, Names extends readonly string[]> = Exclude<keyof Options, Names[number]>;

function namesAll<Options, Names extends readonly string[]>(
  ..._missing: [Missing<Options, Names>] extends [never] ? [] : [Missing<Options, Names>]
): void {}

namesAll<MintTokenOptions, typeof mintTokenOptionNames>();
namesAll<ResultsApiOptions, typeof resultsApiOptionNames>();
namesAll<TaskRunnerOptions, typeof taskRunnerOptionNames>();
