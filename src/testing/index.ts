/** The contract suites for custom storages, lock managers and serializers, and chaos for them. They work with any test runner. */
export { lockManagerContract, type LockManagerContractOptions } from "./locks/lock-manager.contract.ts";
export { serializerContract, type SerializerContractOptions } from "./serializers/serializer.contract.ts";
export { storageContract, type StorageContractOptions } from "./storages/storage.contract.ts";
export { storeContract } from "./stores/store.contract.ts";
export type { SampleFamily } from "./serializers/serializer-samples.ts";
export type { ContractCase } from "./cases/contract.ts";
export type { StoreWorld } from "./stores/store-world.ts";
export { type Chaos, createChaos } from "./chaos/create-chaos.ts";
export type { ChaosOptions } from "./chaos/chaos-options.ts";
export type { Fault } from "./chaos/faulty-sender.ts";
