/**
 * One promise of a contract, for any test runner: `test(contractCase.name, () => contractCase.run())`.
 * `run` resolves if the promise is kept, and rejects with the difference otherwise.
 */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}
