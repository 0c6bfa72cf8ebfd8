import type { Progress } from "../../core/concurrency/progress.ts";
import type {
  EndedComputation,
  EndLockOptions,
  LockLease,
  LockRequest,
  LockState,
} from "../../core/remote-locks/lock-service.ts";

/** The used part of a `DurableObjectNamespace<ResultLock>`, the binding of the objects that keep locks. */
export interface LockNamespaceBinding {
  /** The object for a key. */
  getByName(name: string): LockStub;
}

/** The RPC methods of a `ResultLock`. */
export interface LockStub {
  /** See `LockService.acquire`. */
  acquire(request: LockRequest): Promise<LockLease | undefined>;
  /** See `LockService.renew`. */
  renew(holder: string, holdTimeout: number): Promise<LockLease | undefined>;
  /** See `LockService.release`. */
  release(holder: string, options?: EndLockOptions): Promise<boolean>;
  /** See `LockService.endComputation`. */
  endComputation(): Promise<EndedComputation>;
  /** See `LockService.inspect`. */
  inspect(holder?: string): Promise<LockState>;
  /** See `LockService.wait`. */
  wait(timeout: number, seen?: number): Promise<LockState>;
  /** Absent in Workers of earlier versions. */
  report?(holder: string, progress: Progress): Promise<boolean>;
}
