/** Results in components of React 19. */
export type { UseResultOptions } from "./result-call.ts";
export { resetErrors } from "./result-entry.ts";
export type { ResultCommon, ResultState, SuspenseResultState } from "./result-state.ts";
export { useResult, useSuspenseResult } from "./use-result.ts";
