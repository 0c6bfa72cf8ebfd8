/** `undefined` where the browser has none or refuses it, as in some private modes and sandboxes. */
export function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}
