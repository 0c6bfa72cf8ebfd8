import { describe, expect, test } from "vitest";
import {
  type CacheKeyFlow,
  type CachePolicy,
  DEFAULT_POLICY,
  FLOW_PARAMETERS,
  INPUTS,
  RUN_ID,
  TASK_SOURCE,
} from "../../../src/core/keys/cache-policy.ts";
import { hashValue } from "../../../src/core/keys/hash.ts";
import { describeCall } from "../../../src/core/tasks/task-inputs.ts";
import { holes } from "./hash-values.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

// A change of any of these means that all users' records are lost to them. More values are in hash-values.ts.

const flow: CacheKeyFlow = { id: "0123456789ab4def8123456789abcdef", name: "report", parameters: { year: 2026 } };
const square = { name: "square", version: "1", fn: (x: number) => x * x };

function floats(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => i / 8);
}

const values: readonly (readonly [name: string, value: () => unknown, key: string])[] = [
  ["undefined", () => undefined, "6wRdeNJzEHNIsDAMAdKbdVLWIqu8b6-Bs-xVNZqplQw"],
  ["null", () => null, "dCNOmK_nSY-12vHzasLXiswzlGT5UHA7jAGYkvmCuQs"],
  ["true", () => true, "tb6kG2xiP3wJ8b8k3K5Y66s8DN2QrZZrxDpFtEhn4Ss"],
  ["false", () => false, "_LzxZZCN0YqeSff_J4EBdtuOn2O0NSITdBZkJFIk-Ko"],
  ["0", () => 0, "X-zrZv_IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V-k"],
  ["-0", () => -0, "7XnybQP0Er3j2yBmAaaY4LtFG-qePMJSiWNqwX6nSwo"],
  ["NaN", () => Number.NaN, "1bWSwF3CW1AyVT8bJ_QTm-leiB9z2zOwKwWrIMP5mB4"],
  ["Infinity", () => Infinity, "0AZ8rZpj4IE3WaK7hBBRynNXDA2i4I6ECo60XbanoBA"],
  ["the smallest number", () => Number.MIN_VALUE, "xG58ob5MhzTzc6VlMHhyiPogWNc9B4VekkfpSfgRpCo"],
  ["a number that is written with an exponent", () => 1e21, "JBxGQ_pwsdzeEgW3G-TjvrsX6fiAyOGjPQ6tbCcnHTw"],
  ["a sum that is not quite 0.3", () => 0.1 + 0.2, "BrrTEGDBISroMt5MAx97MeO0iu1XhYKUR4yxlFDPNMo"],
  ["a bigint", () => -(2n ** 70n), "MMHL26qpbMATPECjETedvAzqQHZbZManG1ke9Vz5Mps"],
  ["an empty text", () => "", "tHF7Tl4QaQikpZA8gwwrPrcV9bunMZphIdBYr6zNXMw"],
  ["a text", () => "Tromsø 🗺️", "ceOwJNe8vNfUEWKv8xnOHBaKmWzwY1OTY4PTp1YGf4I"],
  ["a text of a million characters", () => "0123456789".repeat(100_000), "VuWutZMVu64NH0FZWogk_-K7LF4EfikfbnlyzDndrhM"],
  ["an empty object", () => ({}), "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"],
  ["an empty array", () => [], "T1PNoYwrqgwDVLtfmj7L5e0Sq02OEbqHPC8RFhICuUU"],
  ["an object", () => ({ b: { d: [1, "2"], c: undefined }, a: null }), "ckHlr1YdDNVStg6yzcJRLodyIVf82VCLVmM9hBpfF60"],
  [
    "an object without prototype",
    () => Object.assign(Object.create(null) as object, { a: 1 }),
    "ZZljkpIHm2EgMeTdQuG70sytcluGZKIWTQ-feFI2O8w",
  ],
  ["a Date", () => new Date("2026-02-28T12:00:00.123Z"), "fl0ML4LBkvh8zY6mLEWYujs-K6pXi3JR3AhP5zIbUac"],
  ["an empty Map", () => new Map(), "XQRWF3osbMcrKpr83vgfGHTChPOXUEsIYYrxz9c-4M8"],
  [
    "a Map",
    () =>
      new Map<unknown, unknown>([
        ["a", 1],
        [{ id: 2 }, [3]],
      ]),
    "STID-W0gCy2JeA2JdVPqY4a5zqBe6aTDXlWUM_adtvo",
  ],
  ["an empty Set", () => new Set(), "gjJM1qmkFzIzfO8wQE2hoI9zSdvY93TThpk6PLzOfkQ"],
  ["a Set", () => new Set<unknown>(["a", 1, null]), "d9CPzSwPowZnxJIRkVWHuc1gOF8bJ3LzTA1yeomEgMQ"],
  ["a small Uint8Array", () => new Uint8Array([1, 2, 3]), "w_WGpthDl1shWbB0RuGsCAaeZhIejRNXyvuEHWfEtP0"],
  ["a small Float32Array", () => new Float32Array([1.5, -0, Infinity]), "FOecw2NCEhfQ6CW4EBAYd3DoS4nwiWvqwN07A_vm2e4"],
  ["the most bytes that stand in the text", () => new Uint8Array(1_024), "6kl13Hoxvxn8JVi6nbhyZijMT_5NwDr1ICbqVHt4N0k"],
  ["one byte more", () => new Uint8Array(1_025), "ed7d7t_L0tty1WaT7rUNGK57BDghZ9ry_V_3-VmGoaE"],
  ["a million floats", () => floats(1_000_000), "ZllhZaaIPlXSpHK8WHYXqK5b1UdYs4S-_EtFXwY4HhY"],
  [
    "a million floats in an object",
    () => ({ rows: floats(1_000_000), width: 1_000 }),
    "eXl_0iq6UwWa3sY1PpKwJNBzUnkXM40rgQfJg3r3PZg",
  ],
  ["a part of a buffer", () => floats(2_000).subarray(500, 1_500), "yD5-IxN5QBbi8MnkmjT_0kuMjKpKfUK1M-eII7sqnFc"],
  ["an empty ArrayBuffer", () => new ArrayBuffer(), "4vzVQoX3kHUzfFaKWsEOCFN2UOLceDZH4cWNwdubbwU"],
  ["a Blob", () => new Blob(["abc"], { type: "text/plain" }), "unCF_AXYRf_nyJkBie5PympNaC7GcLjfwE42jSAH00k"],
  [
    "a File",
    () => new File(["abc"], "a.txt", { type: "text/plain", lastModified: 5 }),
    "GkT50Dj54XwNu9ZWbjok2Re8CtVtqlKVFR3R5WJs6Ko",
  ],
  ["a sparse array", () => Object.assign(holes(3), { 1: 1 }), "mvQTiSDUb-bPh55e5L3zeqdn0exZNbCZwaRkYHoDrXg"],
  ["an array with a property", () => Object.assign([1], { index: 1 }), "GZtK9dPRO0Za8aZtiWH79tkyFmBcLS4LzvdvgobQJ8U"],
  [
    "an array of ten thousand objects",
    () => Array.from({ length: 10_000 }, (_, i) => ({ i, half: i / 2 })),
    "I3bzhdQs-ONURVpytPwYNc5N25RKV-JsKPSBPJPe3Ww",
  ],
];

describe("the hash is what it was in every release and runtime:", () => {
  // Bun gives text in a Blob a charset, and files no class of their own
  const here = values.filter(([name]) => !("Bun" in globalThis && /^a (Blob|File)$/.test(name)));
  test.for(here)("%s", async ([, value, key]) => {
    expect(await hashValue(value())).toBe(key);
  });
});

const keys: readonly (readonly [name: string, policy: CachePolicy, args: readonly unknown[], key: string])[] = [
  ["INPUTS by property", INPUTS, [{ city: "Oslo", minutes: 15 }], "UqXJDCn8qwdvKBlHM-lbQAflWzMciuwJFRUyFcVMdMw"],
  ["INPUTS by parameter", INPUTS, ["Oslo", 15], "DLkRFZsjaf6BTSyXROg0qvR1rNnzq9M3-FJ3Q7do3fM"],
  ["INPUTS by parameter and position", INPUTS, [3, 4, 5], "4JpDEZvhotceYJnQuNepxIp9TsNQ-a7GuOwwl510DKI"],
  ["INPUTS of an empty object", INPUTS, [{}], "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"],
  ["INPUTS that are undefined", INPUTS, [undefined], "8IUpBrYrERdzbHS0X4grLpxII-vPyhmmoKWmfI52HfA"],
  ["INPUTS of a million floats", INPUTS, [{ grid: floats(1_000_000) }], "su4pJCT1agT90jc8YCEm22KA_O-TZIcu0_lU-h0E9FQ"],
  [
    "INPUTS of big binaries in a Set and a Map",
    INPUTS,
    [{ set: new Set([floats(2_000), floats(1_000)]), map: new Map([["a", new Set([floats(1_500), floats(500)])]]) }],
    "vKPOqKhM7_nqa5WF5K574fu7eE8TJK06lFTlUv3d2SU",
  ],
  [
    "INPUTS without one",
    INPUTS.minus("log"),
    [{ city: "Oslo", log: () => 1 }],
    "S4Xqix8IiaGlEzkc5FTIjk_8zXT58IaJpzqDwi7iCXE",
  ],
  [
    "INPUTS without the only one",
    INPUTS.minus("log"),
    [{ log: () => 1 }],
    "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o",
  ],
  ["TASK_SOURCE by version", TASK_SOURCE, [1], "oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M"],
  ["FLOW_PARAMETERS", FLOW_PARAMETERS, [1], "i3fyGGhuGnh2_PZVViHhzQQFfRZPyhttSayMWRX0Sw4"],
  ["RUN_ID", RUN_ID, [1], "0123456789ab4def8123456789abcdef"],
  [
    "DEFAULT_POLICY",
    DEFAULT_POLICY,
    [3],
    "S6HUGxFbXzttTA7B-m02yqUbsdQbBHtcQG5aO_ahw84.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M",
  ],
  ["DEFAULT_POLICY without inputs", DEFAULT_POLICY, [], ".oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M"],
  [
    "DEFAULT_POLICY, configured",
    DEFAULT_POLICY.configure({ isolationLevel: "SERIALIZABLE" }),
    [3],
    "S6HUGxFbXzttTA7B-m02yqUbsdQbBHtcQG5aO_ahw84.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M",
  ],
  [
    "all",
    DEFAULT_POLICY.plus(FLOW_PARAMETERS).plus(RUN_ID),
    [3],
    "S6HUGxFbXzttTA7B-m02yqUbsdQbBHtcQG5aO_ahw84.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M.i3fyGGhuGnh2_PZVViHhzQQFfRZPyhttSayMWRX0Sw4.0123456789ab4def8123456789abcdef",
  ],
  [
    "all in another order",
    RUN_ID.plus(FLOW_PARAMETERS).plus(TASK_SOURCE).plus(INPUTS),
    [3],
    "0123456789ab4def8123456789abcdef.i3fyGGhuGnh2_PZVViHhzQQFfRZPyhttSayMWRX0Sw4.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M.S6HUGxFbXzttTA7B-m02yqUbsdQbBHtcQG5aO_ahw84",
  ],
  [
    "all without inputs",
    RUN_ID.plus(FLOW_PARAMETERS).plus(DEFAULT_POLICY),
    [],
    "0123456789ab4def8123456789abcdef.i3fyGGhuGnh2_PZVViHhzQQFfRZPyhttSayMWRX0Sw4..oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M",
  ],
];

describe("a policy's key is what it was in every release and runtime:", () => {
  test.for(keys)("%s", async ([, policy, args, key]) => {
    expect(await policy.computeKey(describeCall(square, args, ["x", "y"], flow))).toBe(key);
  });
});

describe("a storage key is what it was in every release and runtime:", () => {
  const { task } = createTaskWorld();

  test("of a task", async () => {
    const options = { name: "maps/draw", version: "2", parameters: ["city", "minutes"] };
    expect(await task((_: string, __: number) => 1, options).cacheKey(["Oslo", 15])).toBe(
      "maps/draw/xV12vfu36dq4BS9T7iWFClIwfO5ONhCdyTJ_0lHUuXU.4HIjzRVvwmANLTwlBY3uBM_xOFFrSJRffFpsjeqwf0w",
    );
  });

  test("of a cacheKeyFn", async () => {
    const draw = task((_: string) => 1, { name: "draw", cacheKeyFn: ({ args: [city] }) => city });
    expect(await draw.cacheKey(["Oslo"])).toBe("Oslo");
  });

  test("of a template", async () => {
    const resultStorageKey = "{task.name}/{{{parameters.place.city}}}/{parameters.id}/{parameters.share}";
    const draw = task((_: object) => 1, { name: "draw", resultStorageKey });
    expect(await draw.cacheKey([{ place: { city: "Oslo" }, id: 2n ** 64n, share: 0.1 + 0.2 }])).toBe(
      "draw/{Oslo}/18446744073709551616/0.30000000000000004",
    );
  });

  test("of a function without a name, but for its text", async () => {
    expect(await task((x: number) => x, { name: "", cachePolicy: INPUTS }).cacheKey([1])).toMatch(
      /^anonymous-[\w-]{8}\/[\w-]{43}$/,
    );
  });
});
