import { LockActor } from "./lock-actor.ts";
import { serve } from "./remote.ts";

// TypeScript takes it for a window
serve(self as unknown as Worker, new LockActor(self.name));
