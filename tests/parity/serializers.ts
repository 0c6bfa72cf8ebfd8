import { expect } from "vitest";
import {
  CompressedSerializer,
  ConfigurationError,
  DevalueSerializer,
  JsonSerializer,
  SerializationError,
  UnknownSerializer,
  UnsupportedRecordError,
} from "../../src/index.ts";
import { row } from "./parity-case.ts";

export const serializerCases = [
  ...row("PickleSerializer", {
    "carries what JSON can't, through the storage and back": async ({ store, createStore, name }) => {
      const shared = { city: "Oslo" };
      const value = {
        map: new Map<unknown, unknown>([[shared, new Set([1n, -0, undefined])]]),
        at: new Date(0),
        grid: new Float32Array([0.5, Number.NaN]),
        bytes: new Uint8Array([0, 255]),
        error: new RangeError("no"),
        pattern: /o+/gi,
        twice: shared,
      };
      const record = await store.write(name("k"), value);
      expect(record.serializer).toBeInstanceOf(DevalueSerializer);
      const back = (await createStore().read(name("k")))?.result as typeof value;
      expect(back).toEqual(value);
      expect([...back.map.keys()][0]).toBe(back.twice);
    },
    "says where what it can't carry lies": async ({ store, name }) => {
      const refused = store.write(name("k"), { rows: [1, () => 1] });
      await expect(refused).rejects.toThrow(SerializationError);
      await expect(refused).rejects.toMatchObject({ path: expect.stringMatching(/rows.*1/) as string });
      expect(await store.exists(name("k"))).toBe(false);
    },
  }),

  ...row("JSONSerializer", {
    "carries JSON as JSON": async ({ createStore, name }) => {
      const store = createStore({ serializer: "json" });
      const record = await store.write(name("k"), { rows: [1, null, "ø"] });
      expect(new TextDecoder().decode(await record.serializeResult())).toBe('{"rows":[1,null,"ø"]}');
      expect((await createStore().read(name("k")))?.result).toEqual({ rows: [1, null, "ø"] });
      expect(record.serializer).toBeInstanceOf(JsonSerializer);
    },
    "refuses what JSON would change in silence": async ({ createStore, name }) => {
      const store = createStore({ serializer: "json" });
      for (const value of [new Date(0), 1n, Number.NaN, new Map()]) {
        await expect(store.write(name("k"), value)).rejects.toThrow(SerializationError);
      }
    },
  }),

  ...row("CompressedSerializer", {
    "compresses another's bytes by gzip or deflate": async ({ createStore, name }) => {
      const value = { text: "Oslo ".repeat(1_000) };
      for (const format of ["gzip", "deflate"] as const) {
        const serializer = new CompressedSerializer({ serializer: new JsonSerializer(), format });
        const record = await createStore({ serializer }).write(name(format), value);
        expect(record.metadata.size).toBeLessThan(200);
        const found = await createStore().read(name(format));
        expect(found?.metadata.serializer).toEqual({ type: "compressed/json", format });
        expect(found?.result).toEqual(value);
      }
    },
    "goes by the names compressed/json and compressed/devalue": async ({ createStore, name }) => {
      for (const serializer of ["compressed/json", "compressed/devalue"]) {
        await createStore({ serializer }).write(name(serializer), ["Oslo"]);
        expect((await createStore().read(name(serializer)))?.result).toEqual(["Oslo"]);
      }
      expect(() => createStore({ serializer: "compressed/pickle" })).toThrow(ConfigurationError);
    },
  }),

  ...row("UnknownSerializer", {
    "lets metadata be read; using it is an error that names the type": async ({ createStore, name }) => {
      const foreign = Object.assign(new JsonSerializer(), { type: "foreign" });
      await createStore({ serializer: foreign }).write(name("k"), 1, { expiresIn: "1h" });
      const found = await createStore().read(name("k"));
      expect(found?.serializer).toBeInstanceOf(UnknownSerializer);
      expect(found?.expiration).toBeInstanceOf(Date);
      expect(() => found!.result).toThrow(UnsupportedRecordError);
      expect(() => found!.result).toThrow('"foreign"');
      for (const use of [() => found!.serializer.dumps(1), () => found!.serializer.loads(new Uint8Array())]) {
        expect(use).toThrow('"foreign"');
      }
    },
    "a cached call computes, and leaves the record to those who can read it": async ({ createStore, name, kept }) => {
      const foreign = Object.assign(new JsonSerializer(), { type: "foreign" });
      await createStore({ serializer: foreign }).write(name("k"), 1);
      expect(await createStore().getOrCompute(name("k"), () => 2)).toBe(2);
      await expect(kept(name("k"))).rejects.toThrow(UnsupportedRecordError);
    },
  }),
];
