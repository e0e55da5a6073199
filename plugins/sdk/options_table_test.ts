import { assertEquals, assertThrows } from "@std/assert";
import * as fields from "./fields.ts";
import { parseConfig } from "./config.ts";
import { choice, optional, options, type OptionsOf, required, withDefault } from "./options.ts";
import { optionsTable, withOptionsTable } from "./options_table.ts";

const schema = options({
  mtu: required(fields.integer(68, 65535), "Bytes."),
  mode: withDefault(choice("fast", "slow"), "fast", "How | it goes."),
  gateway: optional(fields.address, "Next hop."),
});

Deno.test("options are typed and validated by one schema", () => {
  const config: OptionsOf<typeof schema> = parseConfig(schema, '{"mtu":1400,"gateway":"FD00::1","other":1}');
  assertEquals(config, { mtu: 1400, mode: "fast", gateway: "fd00::1" });
  const message = assertThrows(() => parseConfig(schema, '{"mode":"lazy"}'), Error).message;
  assertEquals(message.includes("mtu is missing") && message.includes('mode must be one of "fast", "slow"'), true);
});

Deno.test("the table of options has their defaults, values and meanings", () => {
  assertEquals(
    optionsTable(schema),
    [
      "| key       | default  | values                      | meaning         |",
      "| --------- | -------- | --------------------------- | --------------- |",
      "| `mtu`     | required | an integer from 68 to 65535 | Bytes.          |",
      '| `mode`    | `"fast"` | one of "fast", "slow"       | How \\| it goes. |',
      "| `gateway` |          | an IP address               | Next hop.       |",
    ].join("\n"),
  );
});

Deno.test("a README gets its table between the marks, a second time the same", () => {
  const readme = "# x\n\n<!-- options -->\nold\n<!-- /options -->\n\nmore\n";
  const once = withOptionsTable(readme, "| a |");
  assertEquals(once, "# x\n\n<!-- options -->\n\n| a |\n\n<!-- /options -->\n\nmore\n");
  assertEquals(withOptionsTable(once, "| a |"), once);
  assertThrows(() => withOptionsTable("# x\n", "| a |"), Error, "no <!-- options -->");
});
