import { contextCases } from "./contexts.ts";
import { deferredCases } from "./deferred.ts";
import { flowCases } from "./flows.ts";
import { functionCases } from "./functions.ts";
import { lockCases } from "./locks.ts";
import type { ParityCase } from "./parity-case.ts";
import { policyCases } from "./policies.ts";
import { recordCases } from "./records.ts";
import { resultStoreCases } from "./result-store.ts";
import { serializerCases } from "./serializers.ts";
import { settingsCases } from "./settings.ts";
import { storeLockCases } from "./store-locks.ts";
import { taskCases } from "./tasks.ts";
import { transactionCases } from "./transactions.ts";

/** Every promise, in the order of the tables in docs/prefect.md. */
export const parityCases: readonly ParityCase[] = [
  ...functionCases,
  ...resultStoreCases,
  ...storeLockCases,
  ...recordCases,
  ...lockCases,
  ...serializerCases,
  ...transactionCases,
  ...policyCases,
  ...taskCases,
  ...flowCases,
  ...contextCases,
  ...settingsCases,
  ...deferredCases,
];
