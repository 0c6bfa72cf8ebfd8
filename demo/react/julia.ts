import { createResultStore, getRunContext, task } from "reprise";

/** The constants of the sets, by name. */
export const sets = { Lightning: [-0.8, 0.156], Spirals: [-0.7269, 0.1889], Dendrite: [-0.1565, 1.0323] } as const;

export type SetName = keyof typeof sets;

export const width = 640;

const [samples, maxSteps] = [9, 600];

/** The picture of a Julia set: how dark each pixel of a square is. */
export const juliaSet = task(
  async ({ name }: { name: SetName }): Promise<Uint8Array> => {
    const { progress, signal } = getRunContext(); // before the first await
    const pixels = new Uint8Array(width * width);
    let until = performance.now();
    for (let row = 0; row < width; row++) {
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let i = 0; i < samples; i++) sum += shade(column + (i % 3) / 3, row + Math.floor(i / 3) / 3, sets[name]);
        pixels[row * width + column] = (255 * sum) / samples;
      }
      if (performance.now() < until) continue;
      progress(row / width);
      await pause();
      signal.throwIfAborted();
      until = performance.now() + 12;
    }
    return pixels;
  },
  {
    name: "julia",
    version: "1",
    store: createResultStore({ name: "reprise-react" }),
    cacheExpiration: "1d",
    staleWhileRevalidate: "7d",
  },
);

/** Lets the page draw. A timer would take a second in a hidden tab. */
function pause(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(undefined);
  return new Promise((resume) => {
    port1.onmessage = () => {
      port1.close();
      resume();
    };
  });
}

/** How many steps a point takes to leave, from 0 to 1. */
function shade(column: number, row: number, [re, im]: readonly [number, number]): number {
  let [x, y, steps] = [(3.2 * column) / width - 1.6, (3.2 * row) / width - 1.6, 0];
  for (; steps < maxSteps && x * x + y * y < 64; steps++) {
    const next = x * x - y * y + re;
    y = 2 * x * y + im;
    x = next;
  }
  return (Math.log(steps + 1) / Math.log(maxSteps + 1)) ** 2;
}
