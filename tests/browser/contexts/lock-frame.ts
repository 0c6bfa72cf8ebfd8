import { LockActor } from "./lock-actor.ts";
import { serve } from "./remote.ts";

const { port1, port2 } = new MessageChannel();
serve(port1, new LockActor(window.name));
port1.start();
parent.postMessage("ready", "*", [port2]);
