// An option that is missing in its list of names would be refused as misspelt. Compiles only if no name is missing.
import type { CreateResultStoreOptions as BrowserOptions } from "../../src/browser/store/create-result-store.ts";
import type {
  GetOrComputeManyOptions,
  getOrComputeManyOptionNames,
} from "../../src/core/batches/get-or-compute-many.ts";
import type { ExportRecordsOptions, exportOptionNames } from "../../src/core/archive/export-records.ts";
import type { ImportRecordsOptions, importOptionNames } from "../../src/core/archive/import-records.ts";
import type { runtimeOptionNames } from "../../src/core/context/default-parts.ts";
import type * as names from "../../src/core/options/call-option-names.ts";
import type * as Call from "../../src/core/options/call-options.ts";
import type { ResultStoreOptions, storeOptionNames } from "../../src/core/options/store-options.ts";
import type { FlowOptions, flowOptionNames } from "../../src/core/tasks/flow-options.ts";
import type { EncryptedOptions, encryptedOptionNames } from "../../src/core/serializers/encryption-keys.ts";
import type { TaskOptions, taskOptionNames } from "../../src/core/tasks/task-options.ts";
import type { TransactionOptions, transactionOptionNames } from "../../src/core/transactions/transaction-options.ts";
import type { CreateResultStoreOptions as EdgeOptions } from "../../src/edge/store/create-result-store.ts";
import type {
  RepriseDriverOptions,
  repriseDriverOptionNames,
} from "../../src/integrations/unstorage/reprise-driver.ts";
import type {
  UnstorageStorageOptions,
  unstorageStorageOptionNames,
} from "../../src/integrations/unstorage/unstorage-storage.ts";
import type { HttpOptions, httpOptionNames } from "../../src/http/requests/http-options.ts";
import type { RemoteOptions, remoteOptionNames } from "../../src/http/remote.ts";
import type { CachedResponseOptions, cachedResponseOptionNames } from "../../src/integrations/hono/options.ts";
import type {
  OpenTelemetryReporterOptions,
  openTelemetryReporterOptionNames,
} from "../../src/integrations/opentelemetry/reporter.ts";
import type {
  ClientPersisterOptions,
  clientPersisterOptionNames,
} from "../../src/integrations/tanstack-query/client-persister.ts";
import type { persistedQueryFilterNames } from "../../src/integrations/tanstack-query/persisted-queries.ts";
import type {
  QueryPersisterOptions,
  queryPersisterOptionNames,
} from "../../src/integrations/tanstack-query/query-persister.ts";
import type { PersistedQueryFilters } from "../../src/integrations/tanstack-query/tanstack-types.ts";
import type { UseResultOptions, useResultOptionNames } from "../../src/integrations/react/result-call.ts";
import type { ChaosOptions, chaosOptionNames } from "../../src/testing/chaos/chaos-options.ts";

type CreateNames = readonly [...typeof storeOptionNames, ...typeof runtimeOptionNames];
type Missing<Options, Names extends readonly string[]> = Exclude<keyof Options, Names[number]>;

function namesAll<Options, Names extends readonly string[]>(
  ..._missing: [Missing<Options, Names>] extends [never] ? [] : [Missing<Options, Names>]
): void {}

namesAll<ResultStoreOptions, typeof storeOptionNames>();
namesAll<BrowserOptions & EdgeOptions, CreateNames>();
namesAll<TaskOptions, typeof taskOptionNames>();
namesAll<FlowOptions, typeof flowOptionNames>();
namesAll<TransactionOptions, typeof transactionOptionNames>();
namesAll<EncryptedOptions, typeof encryptedOptionNames>();
namesAll<ExportRecordsOptions, typeof exportOptionNames>();
namesAll<ImportRecordsOptions, typeof importOptionNames>();
namesAll<Call.StoreLockOptions, typeof names.lockOptionNames>();
namesAll<Call.GetOrComputeOptions, typeof names.getOrComputeOptionNames>();
namesAll<RepriseDriverOptions, typeof repriseDriverOptionNames>();
namesAll<UnstorageStorageOptions, typeof unstorageStorageOptionNames>();
namesAll<ChaosOptions, typeof chaosOptionNames>();
namesAll<HttpOptions, typeof httpOptionNames>();
namesAll<RemoteOptions, typeof remoteOptionNames>();
namesAll<GetOrComputeManyOptions, typeof getOrComputeManyOptionNames>();
namesAll<UseResultOptions, typeof useResultOptionNames>();
namesAll<Call.ReadOptions, typeof names.readOptionNames>();
namesAll<Call.WriteOptions, typeof names.writeOptionNames>();
namesAll<Call.ListOptions, typeof names.listOptionNames>();
namesAll<Call.ScopeOptions, typeof names.scopeOptionNames>();
namesAll<Call.DeleteOptions, typeof names.deleteOptionNames>();
namesAll<Call.InvalidateOptions, typeof names.invalidateOptionNames>();
namesAll<CachedResponseOptions, typeof cachedResponseOptionNames>();
namesAll<OpenTelemetryReporterOptions, typeof openTelemetryReporterOptionNames>();
namesAll<QueryPersisterOptions, typeof queryPersisterOptionNames>();
namesAll<ClientPersisterOptions, typeof clientPersisterOptionNames>();
namesAll<PersistedQueryFilters, typeof persistedQueryFilterNames>();
