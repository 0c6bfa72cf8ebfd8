import { describe, test } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { freshName } from "./indexed-db-tools.ts";

const places: [string, () => { metadata: string; results: string }][] = [
  ["two databases", () => ({ metadata: freshName(), results: freshName() })],
  [
    "one database",
    () => {
      const name = freshName();
      return { metadata: name, results: name };
    },
  ],
];

describe.each(places)("metadata and results in %s", (_, freshNames) => {
  let names = freshNames();
  const another = async () =>
    new SplitStorage({
      metadata: new IndexedDbStorage({ name: names.metadata }),
      results: new IndexedDbStorage({ name: names.results }),
    });
  const create = async () => {
    names = freshNames();
    return another();
  };
  for (const { name, run } of storageContract({ create, another })) test(name, run);
});
