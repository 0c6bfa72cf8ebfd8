const longestWait = 5_000;

/** Resolves as `promise` does; rejects with `what` if that takes longer than five seconds. */
export async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still waiting: ${what}`)), longestWait);
  });
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}

/** Resolves once `condition` holds; rejects with `what` if that takes longer than five seconds. */
export async function eventually(condition: () => unknown, what: string): Promise<void> {
  const deadline = Date.now() + longestWait;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Resolves once `signal` has aborted, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  const reason = new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
  return inTime(reason, "the signal has not aborted");
}
