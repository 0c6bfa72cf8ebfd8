import { describe, expect, test } from "vitest";
import "../../../src/core/context/built-in-serializers.ts";
import { ResultRecord } from "../../../src/core/record/result-record.ts";
import { codeOf } from "./record-tools.ts";
import { hostileKey, hostileRecords, recordsAtTheLimit } from "./hostile-records.ts";

const errorCodes = ["CORRUPT_RECORD", "UNSUPPORTED_RECORD"];

/** Milliseconds for one record, on a machine that runs other tests too. `tests/node/hostile` measures them alone. */
const patience = 5_000;

describe("a hostile record with right checksums is a value or a typed error, soon", () => {
  for (const [name, craft] of Object.entries(hostileRecords)) {
    test(name, async () => {
      const bytes = await craft();
      const started = performance.now();
      const code = await codeOf(async () => (await ResultRecord.deserialize(bytes, { key: hostileKey })).result);
      expect([...errorCodes, "none"]).toContain(code);
      expect(performance.now() - started).toBeLessThan(patience);
      expect({}).not.toHaveProperty("polluted");
    });
  }
});

describe("a record that becomes as much as a reader takes is a value or a typed error", () => {
  for (const [name, craft] of Object.entries(recordsAtTheLimit)) {
    test(name, async () => {
      const bytes = await craft();
      const code = await codeOf(async () => (await ResultRecord.deserialize(bytes, { key: hostileKey })).result);
      expect([...errorCodes, "none"]).toContain(code);
    });
  }
});
