import { serve } from "../contexts/remote.ts";
import { TabActor } from "./tab-actor.ts";

// TypeScript takes it for a window
serve(self as unknown as Worker, new TabActor(self.name));
