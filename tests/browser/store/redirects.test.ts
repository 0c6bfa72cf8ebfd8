import { expect, test, vi } from "vitest";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";

test("a browser, which hides where a redirect leads, follows none", async () => {
  const opaque = Object.defineProperty(Response.error(), "type", { value: "opaqueredirect" });
  const fetch = vi.fn(async (_: string, { redirect }: RequestInit) => {
    expect(redirect).toBe("manual");
    return opaque;
  });
  const { bytes, metadata } = sample("k");
  const writing = new HttpStorage({ url: "https://results.example.com", fetch }).write("k", bytes, { metadata });
  await expect(writing).rejects.toMatchObject({
    code: "STORAGE",
    message: expect.stringMatching(/set url to/) as string,
  });
  expect(fetch).toHaveBeenCalledTimes(1);
});
