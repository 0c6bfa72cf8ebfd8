export function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export async function inTurn(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await work(i);
}

export function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i * 31);
}

export function floats(byteLength: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: byteLength / 4 }, (_, i) => i / 3);
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** For a call that has to be a hit. */
export function refuse(): never {
  throw new Error("This was to be a hit");
}
