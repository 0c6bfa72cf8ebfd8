import { unref } from "../../core/concurrency/settle-within.ts";

/** `undefined` if the browser has no channels or refuses one, as some private modes and sandboxes do. */
export function openChannel(name: string): BroadcastChannel | undefined {
  try {
    const channel = new BroadcastChannel(name);
    unref(channel);
    return channel;
  } catch {
    return undefined;
  }
}
