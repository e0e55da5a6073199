import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Columns, matchingRows, PAGE_ROWS, selectRows } from "./select_rows.ts";

interface Row {
  readonly name: string;
  readonly weight: number;
}

const columns: Columns<Row> = {
  name: { text: ({ name }) => name },
  weight: { text: ({ weight }) => `${weight} g`, order: ({ weight }) => weight },
};

const rows = fc.array(fc.record({ name: fc.constantFrom("alpha", "Beta", "gamma", ""), weight: fc.nat(50) }), {
  maxLength: 30,
});

Deno.test("pages are all that matches, in order, each row once", () => {
  fc.assert(fc.property(rows, fc.integer({ min: 1, max: 12 }), fc.constantFrom("", "a", "BET", "1"), (all, size, q) => {
    const query = (page: number) => new URLSearchParams({ q, size: String(size), page: String(page), sort: "-weight" });
    const first = selectRows(all, columns, query(1));
    const pages = Array.from({ length: first.pages }, (_, at) => selectRows(all, columns, query(at + 1)).rows);
    const together = pages.flat();
    assertEquals(together, [...matchingRows(all, columns, query(1))]);
    assertEquals([first.total, first.matched], [all.length, together.length]);
    assertEquals(together.map((it) => it.weight), together.map((it) => it.weight).toSorted((a, b) => b - a));
    const matches = ({ name, weight }: Row) => `${name}\n${weight} g`.toLowerCase().includes(q.toLowerCase());
    assertEquals(together.length, all.filter(matches).length);
  }));
});

Deno.test("each column's parameter has to match; others are left alone", () => {
  const all = [{ name: "alpha", weight: 9 }, { name: "beta", weight: 10 }, { name: "alphabet", weight: 100 }];
  const names = (query: string) => matchingRows(all, columns, new URLSearchParams(query)).map(({ name }) => name);
  assertEquals(names("name= ALPHA "), ["alpha", "alphabet"]);
  assertEquals(names("name=alpha&weight=100"), ["alphabet"]);
  assertEquals(names("q=%20g&colour=red"), ["alpha", "beta", "alphabet"]);
  assertEquals(names("sort=weight"), ["alpha", "beta", "alphabet"]);
  assertEquals(names("sort=-name"), ["beta", "alphabet", "alpha"]);
});

Deno.test("what is no number, or no column, is refused by name", () => {
  const refusal = (query: string) =>
    assertThrows(() => selectRows([], columns, new URLSearchParams(query)), RangeError).message;
  assertEquals(refusal("page=0"), "page must be a number from 1 on");
  assertEquals(refusal("size=1.5"), "size must be a number from 1 on");
  assertEquals(refusal("sort=toString"), "sort must be one of name, weight");
  assertEquals(selectRows([], columns, new URLSearchParams("page=7")).page, 1);
  const many = Array.from({ length: 2_000 }, (_, weight) => ({ name: "", weight }));
  assertEquals(selectRows(many, columns, new URLSearchParams()).rows.length, PAGE_ROWS);
  assertEquals(selectRows(many, columns, new URLSearchParams("size=5000")).rows.length, 1_000);
});
