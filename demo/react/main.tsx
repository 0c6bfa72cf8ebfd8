/** A page in React. One hook shows a kept result, the progress of its computation, and its changes in any tab. */
import { StrictMode, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { useResult } from "reprise/react";
import { juliaSet, type SetName, sets, width } from "./julia.ts";

/** Draws in the accent colour of the light page; the style turns it for the dark one. */
function Picture({ name, pixels }: { name: string; pixels: Uint8Array | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new ImageData(width, width);
    for (const [i, shade] of pixels?.entries() ?? []) image.data.set([16, 99, 124, shade], 4 * i);
    canvas.current?.getContext("2d")?.putImageData(image, 0, 0);
  }, [pixels]);
  const label = pixels ? `The Julia set “${name}”` : "No picture yet";
  return <canvas ref={canvas} width={width} height={width} role="img" aria-label={label} />;
}

function JuliaSet() {
  const [name, setName] = useState<SetName>("Lightning");
  const { status, value, isStale, progress, refresh, invalidate } = useResult(juliaSet, [{ name }]);
  const isWaiting = status === "pending" || isStale || progress !== undefined;
  return (
    <section className={isStale ? "julia panel stale" : "julia panel"} aria-label="Picture">
      <Picture name={name} pixels={value} />
      <progress max={1} value={isWaiting ? (progress?.fraction ?? 0) : 1} aria-label="Progress of the computation" />
      <p role="status">
        {status === "error" ? "Something went wrong." : isWaiting ? "Computing…" : "Kept. Now reload the page."}
      </p>
      <div className="choices">
        <select value={name} onChange={({ target }) => setName(target.value as SetName)} aria-label="Julia set">
          {Object.keys(sets).map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <button type="button" onClick={() => void refresh()}>
          Compute again
        </button>
        <button type="button" className="quiet" onClick={() => void invalidate()}>
          The data changed
        </button>
      </div>
    </section>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <JuliaSet />
  </StrictMode>,
);
