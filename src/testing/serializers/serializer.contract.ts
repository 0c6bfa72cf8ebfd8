import { describeSerializer } from "../../core/serializers/registry.ts";
import type { SerializationContext, Serializer } from "../../core/serializers/serializer.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import type { ContractCase } from "../cases/contract.ts";
import { difference } from "../cases/difference.ts";
import { jsonSample, type SampleFamily, samples } from "./serializer-samples.ts";

/** The record that the bytes belong to. */
const context: SerializationContext = { key: "contract/serializer" };

/** The options of `serializerContract`. */
export interface SerializerContractOptions {
  /** A new instance of the serializer. Every case creates some. */
  create(): Serializer;
  /** The supported families besides plain JSON. */
  carries: readonly SampleFamily[];
}

/**
 * The promises of every serializer. Run each case with any test runner.
 *
 * @example
 * ```ts
 * for (const { name, run } of serializerContract({ create: () => new MySerializer(), carries: ["dates"] })) test(name, run);
 * ```
 */
export function serializerContract({ create, carries }: SerializerContractOptions): ContractCase[] {
  const readBack = async (value: unknown) => {
    const serializer = create();
    return await serializer.loads(await serializer.dumps(value, context), context);
  };
  const survives = (name: string, build: () => unknown): ContractCase => ({
    name: `reads back ${name} as it was`,
    async run() {
      const value = build();
      assertSame(await readBack(value), value);
    },
  });

  return [
    survives("plain JSON", jsonSample),
    ...["", "text", 0, true, null, [], {}].map((value) => survives(`${JSON.stringify(value)} alone`, () => value)),
    ...carries.map((family) => survives(family, samples[family])),
    {
      name: "has a type, and options that JSON carries",
      async run() {
        const description = describeSerializer(create());
        assert(description.type !== "", "the type is empty");
        assertEqual(JSON.parse(JSON.stringify(description)), description);
      },
    },
    {
      name: "reads in another instance what one has written",
      async run() {
        assertSame(await create().loads(await create().dumps(jsonSample(), context), context), jsonSample());
      },
    },
    {
      name: "keeps the value as it was at the call",
      async run() {
        const serializer = create();
        const value = { list: [1] };
        const dumping = serializer.dumps(value, context);
        value.list.push(2);
        assertSame(await serializer.loads(await dumping, context), { list: [1] });
      },
    },
    {
      name: "refuses a function with the path to it",
      async run() {
        const error = await assertRejects(() => create().dumps({ a: [1, { run: () => 1 }] }, context), "SERIALIZATION");
        assertEqual(error.path, "$.a[1].run");
      },
    },
    {
      name: "carries a cycle or refuses it",
      async run() {
        const cycle: unknown[] = [];
        cycle.push(cycle);
        if (carries.includes("references")) assertSame(await readBack(cycle), cycle);
        else await assertRejects(() => create().dumps(cycle, context), "SERIALIZATION");
      },
    },
    {
      name: "refuses bytes that were cut",
      async run() {
        const bytes = await create().dumps(jsonSample(), context);
        for (const length of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
          await assertRejects(() => create().loads(bytes.slice(0, length), context), "SERIALIZATION");
        }
      },
    },
    {
      name: "reads bytes that lie anywhere in a buffer",
      async run() {
        const value = carries.includes("binary") ? samples.binary() : jsonSample();
        const bytes = await create().dumps(value, context);
        for (let offset = 1; offset < 9; offset++) {
          const around = new Uint8Array(bytes.length + 16).fill(0xff);
          around.set(bytes, offset);
          assertSame(await create().loads(around.subarray(offset, offset + bytes.length), context), value);
        }
      },
    },
    {
      name: "writes the same bytes straight into a record",
      async run() {
        for (const value of [jsonSample(), ...carries.map((family) => samples[family]())])
          await assertSameBody(create(), value);
      },
    },
  ];
}

async function assertSameBody(serializer: Serializer, value: unknown): Promise<void> {
  const body = await serializer.dumpsBody?.(value);
  if (!body) return;
  const bytes = await serializer.dumps(value, context);
  assertEqual(body.byteLength, bytes.length);
  const around = new Uint8Array(body.byteLength + 16).fill(0xff);
  body.writeTo(around.subarray(8, 8 + body.byteLength));
  assertEqual(around.slice(8, 8 + body.byteLength), new Uint8Array(bytes), "the body is not what dumps gives");
  assert(around[7] === 0xff && around[8 + body.byteLength] === 0xff, "it wrote beyond its target");
}

function assertSame(actual: unknown, expected: unknown): void {
  const path = difference(expected, actual);
  assert(path === undefined, `it reads back otherwise at ${path}`);
}
