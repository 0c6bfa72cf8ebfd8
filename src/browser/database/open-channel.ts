/** `undefined` if the browser has no channels or refuses one, as some private modes and sandboxes do. */
export function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}
