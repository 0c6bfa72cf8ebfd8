/**
 * One promise of a contract, for any test runner: `test(contractCase.name, () => contractCase.run())`.
 * `run` resolves if the promise is kept, and rejects with the difference otherwise.
 */
export interface ContractCase {
  /** The promise that the case checks. */
  readonly name: string;
  /** Rejects if the promise is broken. */
  run(): Promise<void>;
}
