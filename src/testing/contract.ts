/**
 * One promise of a contract, for any test runner: `test(contractCase.name, () => contractCase.run())`.
 * `run` resolves when the promise is kept and rejects with what was found instead.
 */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}
