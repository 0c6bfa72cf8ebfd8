import type { Progress } from "../../core/support/progress.ts";
import type {
  EndedComputation,
  EndLockOptions,
  LockLease,
  LockRequest,
  LockState,
} from "../../core/remote-locks/lock-service.ts";

/** The used part of a `DurableObjectNamespace<ResultLock>`, the binding of the objects that keep locks. */
export interface LockNamespaceBinding {
  getByName(name: string): LockStub;
}

/** The RPC methods of a `ResultLock`. */
export interface LockStub {
  acquire(request: LockRequest): Promise<LockLease | undefined>;
  renew(holder: string, holdTimeout: number): Promise<LockLease | undefined>;
  release(holder: string, options?: EndLockOptions): Promise<boolean>;
  endComputation(): Promise<EndedComputation>;
  inspect(holder?: string): Promise<LockState>;
  wait(timeout: number, seen?: number): Promise<LockState>;
  /** Absent in Workers of earlier versions. */
  report?(holder: string, progress: Progress): Promise<boolean>;
}
