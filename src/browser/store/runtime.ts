import * as runtime from "../../core/runtime/runtime.ts";
import { createResultStore } from "./create-result-store.ts";

const defaultStore = /* @__PURE__ */ runtime.createDefaultStore(createResultStore);

export const task = /* @__PURE__ */ runtime.createTask(defaultStore);
export const flow = /* @__PURE__ */ runtime.createFlow(defaultStore);
export const transaction = /* @__PURE__ */ runtime.createTransaction(defaultStore);
export const getResultStore = /* @__PURE__ */ runtime.createGetResultStore(defaultStore);
export const getDefaultResultStorage = /* @__PURE__ */ runtime.createGetDefaultResultStorage(defaultStore);
export const getOrCreateDefaultTaskSchedulingStorage =
  /* @__PURE__ */ runtime.createGetTaskSchedulingStorage(defaultStore);
