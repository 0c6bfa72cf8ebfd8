import { parseStorageKeyTemplate } from "../keys/storage-key-template.ts";
import { getRunContext } from "../context/run-context.ts";

/** A `storageKeyFn` that fills a template with what is known of the run around: it throws `MissingContextError` where there is none. */
export function storageKeyFnForRun(template: string, taskName: string): () => string {
  const fill = parseStorageKeyTemplate(template);
  return () => {
    const { flow, id: taskRunId, parameters: inputs } = getRunContext();
    const task = { name: taskName, fn: () => undefined };
    return fill({ task, args: [], inputs, isSpread: true, flow, taskRunId, runId: flow?.id ?? taskRunId });
  };
}
