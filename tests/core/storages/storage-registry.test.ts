import { afterEach, describe, expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import {
  registerStorage,
  resolveResultStorage,
  resultStorageDiscriminator,
  resultStorageIdOf,
} from "../../../src/core/storages/storage-registry.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";

const undo: (() => void)[] = [];

function register(name: string, storage: ResultStorage): () => void {
  const take = registerStorage(name, storage);
  undo.push(take);
  return take;
}

afterEach(() => {
  while (undo.length > 0) undo.pop()!();
});

describe("registerStorage", () => {
  test("makes a name stand for a storage, until it is taken away", () => {
    const storage = new MemoryStorage();
    const take = register("memory/maps", storage);
    expect(resolveResultStorage("memory/maps")).toBe(storage);
    expect(createStore({ resultStorage: "memory/maps" }).resultStorageId).toBe("memory/maps");
    take();
    expect(() => resolveResultStorage("memory/maps")).toThrow(ConfigurationError);
    expect(resultStorageIdOf(storage)).toBeUndefined();
  });

  test("the name is taken over from a storage that had it before, which can't take it away any more", () => {
    const [before, after] = [new MemoryStorage(), new MemoryStorage()];
    const take = register("memory/maps", before);
    register("memory/maps", after);
    take();
    expect(resolveResultStorage("memory/maps")).toBe(after);
    expect([resultStorageIdOf(before), resultStorageIdOf(after)]).toEqual([undefined, "memory/maps"]);
  });

  test("of several names the id is the last one, and another where that is taken", () => {
    const storage = new MemoryStorage();
    register("memory/first", storage);
    register("memory/second", storage);
    expect(resultStorageIdOf(storage)).toBe("memory/second");
    register("memory/first", storage);
    expect(resultStorageIdOf(storage)).toBe("memory/first");
    register("memory/first", new MemoryStorage());
    expect(resultStorageIdOf(storage)).toBe("memory/second");
  });

  test.for(["maps", "/maps", "memory/", "me mory/maps", "", 5])("refuses the name %j", (name) => {
    expect(() => register(name as string, new MemoryStorage())).toThrow(
      new ConfigurationError(`A storage is registered under a name such as "r2/maps"; got ${JSON.stringify(name)}`),
    );
  });

  test.for([
    [undefined, "undefined"],
    [null, "null"],
    [{ type: "memory" }, "object"],
    ["memory/other", "string"],
  ] as const)("refuses %j, which is no storage", ([storage, kind]) => {
    expect(() => register("memory/maps", storage as never)).toThrow(
      new ConfigurationError(`registerStorage needs an object with read, write and delete; got ${kind}`),
    );
  });
});

describe("resolveResultStorage", () => {
  test("gives a storage itself", () => {
    const storage = new MemoryStorage();
    expect(resolveResultStorage(storage)).toBe(storage);
  });

  test.for([
    [undefined, "undefined"],
    [null, "null"],
    [7, "number"],
    [{ type: "null" }, "object"],
  ] as const)("%j is an error that lists what is accepted", ([x, got]) => {
    const accepted = "A storage has to be an object with read, write and delete, or a registered name";
    expect(() => resolveResultStorage(x)).toThrow(new ConfigurationError(`${accepted} (none); got ${got}`));
    register("memory/a", new MemoryStorage());
    register("memory/b", new MemoryStorage());
    expect(() => resolveResultStorage(x)).toThrow(`${accepted} ("memory/a", "memory/b"); got ${got}`);
  });

  test("a name that nobody registered is an error with those that are, and the call that registers it", () => {
    const error = (known: string) =>
      new ConfigurationError(
        `No storage is registered as "memory/maps"; registered are: ${known}. Call registerStorage("memory/maps", storage) first`,
      );
    expect(() => resolveResultStorage("memory/maps")).toThrow(error("none"));
    register("memory/a", new MemoryStorage());
    register("memory/b", new MemoryStorage());
    expect(() => resolveResultStorage("memory/maps")).toThrow(error('"memory/a", "memory/b"'));
  });
});

describe("resultStorageDiscriminator", () => {
  test("tells what keeps results from what keeps nothing, and from what is no storage", () => {
    const nameless = { read: () => undefined, write: () => undefined, delete: () => undefined };
    for (const x of [new MemoryStorage(), nameless]) expect(resultStorageDiscriminator(x)).toBe("ResultStorage");
    expect(resultStorageDiscriminator(new NullStorage())).toBe("NullStorage");
    const none = [undefined, null, 0, "", {}, [], () => 1, new JsonSerializer(), new Blob(["a"], { type: "a/b" })];
    for (const x of none) expect(resultStorageDiscriminator(x)).toBe("None");
  });

  test("takes a registered name for its storage, and any other text for none", () => {
    register("memory/maps", new MemoryStorage());
    register("r2/off", new NullStorage());
    expect(resultStorageDiscriminator("memory/maps")).toBe("ResultStorage");
    expect(resultStorageDiscriminator("r2/off")).toBe("NullStorage");
    expect(resultStorageDiscriminator("memory/nowhere")).toBe("None");
  });

  test("looks at plain objects of a configuration by their type", () => {
    expect(resultStorageDiscriminator({ type: "r2", bucket: "maps" })).toBe("ResultStorage");
    expect(resultStorageDiscriminator(JSON.parse('{ "type": "null" }'))).toBe("NullStorage");
    for (const type of ["", 1, null]) expect(resultStorageDiscriminator({ type })).toBe("None");
  });
});
