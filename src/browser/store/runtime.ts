import {
  createDefaultStore,
  createFlow,
  createGetDefaultResultStorage,
  createGetResultStore,
  createGetTaskSchedulingStorage,
  createTask,
  createTransaction,
} from "../../core/runtime/runtime.ts";
import { createResultStore } from "./create-result-store.ts";

const defaultStore = /* @__PURE__ */ createDefaultStore(createResultStore);

export const task = /* @__PURE__ */ createTask(defaultStore);
export const flow = /* @__PURE__ */ createFlow(defaultStore);
export const transaction = /* @__PURE__ */ createTransaction(defaultStore);
export const getResultStore = /* @__PURE__ */ createGetResultStore(defaultStore);
export const getDefaultResultStorage = /* @__PURE__ */ createGetDefaultResultStorage(defaultStore);
export const getOrCreateDefaultTaskSchedulingStorage = /* @__PURE__ */ createGetTaskSchedulingStorage(defaultStore);
