import { LockActor } from "./lock-actor.ts";
import { serve } from "./remote.ts";

serve(self, new LockActor(self.name));
