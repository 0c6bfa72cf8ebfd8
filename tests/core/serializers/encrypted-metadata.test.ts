import { expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { encrypted } from "../../../src/core/serializers/encrypted.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { createStore } from "../../stores.ts";
import { createKey, hasText } from "./encryption-tools.ts";

test("somebody with the bytes learns no more than the documentation says", async () => {
  const storage = new MemoryStorage();
  const store = createStore({
    resultStorage: storage,
    serializer: encrypted(new DevalueSerializer(), { key: await createKey() }),
    lockManager: new MemoryLockManager(),
  });
  const lifetime = { expiresIn: "1h", staleIfError: "1d", errorExpiresIn: "1h" } as const;
  await store.getOrCompute("k", () => "secret", { ...lifetime, tags: ["roads"] });
  const fail = createTask(() => store)(
    async ({ person }: { person: string }) => {
      throw new TypeError(`secret ${person}`);
    },
    { name: "fail", version: "1", errorExpiresIn: "1h" },
  );
  await expect(fail({ person: "ada" })).rejects.toThrow("secret ada");
  const readable = new Set<string>();
  for (const { storageKey } of (await store.list()).records) {
    const { bytes } = (await storage.read(storageKey))!;
    for (const hidden of ["secret", "ada", "person", "TypeError", "devalue"])
      expect(hasText(bytes, hidden)).toBe(false);
    const headLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + headLength))) as object;
    for (const field of Object.keys(head)) readable.add(field);
    expect(head).toMatchObject({ serializer: { type: "encrypted" } });
  }
  const times = ["createdAt", "expiration", "staleFor"];
  const rest = ["checksum", "isError", "libraryVersion", "serializer", "size", "storageKey", "tags", "token"];
  expect([...readable].sort()).toEqual([...times, ...rest].sort());
});
