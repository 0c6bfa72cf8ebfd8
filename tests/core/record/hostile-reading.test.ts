import { expect, test } from "vitest";
import { SerializationError } from "../../../src/errors/index.ts";
import { readHostile } from "../../trials/reading.ts";

const codes = /^SERIALIZATION$/;
const readWith = (read: (bytes: Uint8Array) => unknown) => readHostile({ read, codes }, Uint8Array.of(1, 2));

test("a reader that keeps its promises is let through", async () => {
  expect(await readWith(([byte]) => byte)).toEqual({ value: 1 });
  const refuse = (): never => {
    throw new SerializationError("no");
  };
  expect(await readWith(refuse)).toEqual({ code: "SERIALIZATION" });
});

test("a reader that throws an error of the platform is noticed", async () => {
  await expect(readWith(() => JSON.parse("{"))).rejects.toThrow("The reader threw SyntaxError");
});

test("a reader that ends in an error of another kind is noticed", async () => {
  const read = () => Promise.reject(Object.assign(new SerializationError("no"), { code: "STORAGE" }));
  await expect(readWith(read)).rejects.toThrow("code STORAGE");
});

test("a reader that pollutes what all objects share is noticed", async () => {
  const pollute = () => Object.assign(shared, { polluted: true });
  const shared = Object.getPrototypeOf({}) as object;
  try {
    await expect(readWith(pollute)).rejects.toThrow("a prototype");
  } finally {
    Reflect.deleteProperty(shared, "polluted");
  }
});

test("a reader that writes into its input is noticed", async () => {
  await expect(readWith((bytes) => bytes.fill(7))).rejects.toThrow("its input");
});

test("a reader that takes too long each time is noticed", async () => {
  const read = () => new Promise((resolve) => setTimeout(resolve, 12));
  await expect(readHostile({ read, codes, patience: 8 }, Uint8Array.of(1))).rejects.toThrow("Reading took");
});
