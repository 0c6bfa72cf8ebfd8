import { describe, expect, test } from "vitest";
import { parseCsv } from "../../demo/density/csv.ts";

describe("parseCsv", () => {
  test("names fields by the first line", () => {
    expect(parseCsv("a,b\n1,2\n3,4\n")).toEqual([
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]);
  });

  test("takes a last line without an end, and Windows' line ends", () => {
    expect(parseCsv("a,b\r\n1,2\r\n3,4")).toEqual([
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]);
  });

  test("keeps commas, line ends and doubled quotes within quotes", () => {
    expect(parseCsv('name,x\n"Dr. Savage, Sr.",1\n"W. H. ""Bud"" Barron",2\n"two\nlines",3\n')).toEqual([
      { name: "Dr. Savage, Sr.", x: "1" },
      { name: 'W. H. "Bud" Barron', x: "2" },
      { name: "two\nlines", x: "3" },
    ]);
  });

  test("keeps empty fields", () => {
    expect(parseCsv("a,b,c\n,,\n1,,3\n")).toEqual([
      { a: "", b: "", c: "" },
      { a: "1", b: "", c: "3" },
    ]);
  });

  test("of an empty text is empty", () => {
    expect(parseCsv("")).toEqual([]);
  });
});
