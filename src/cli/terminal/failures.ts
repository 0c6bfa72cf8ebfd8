/** The exit codes of the command. They are documented: never change one. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command was called in a way that can't work. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command did not do all of its work. Exit code 1. */
export class FailedError extends Error {
  override readonly name = "FailedError";
  /** The command has written the reasons already. */
  readonly isTold: boolean;

  constructor(message: string, { isTold = false, ...options }: ErrorOptions & { isTold?: boolean } = {}) {
    super(message, options);
    this.isTold = isTold;
  }
}
