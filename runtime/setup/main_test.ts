import { assertEquals } from "@std/assert";
import { labTest } from "../../test/lab/isolation.ts";

const script = new URL("./main.ts", import.meta.url).pathname;

Deno.test({
  ...labTest("a second set-up has nothing to do, and works without network"),
  async fn() {
    const run = async () => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, "build"] })
        .output();
      const lines = new TextDecoder().decode(stderr).trimEnd().split("\n").filter((line) =>
        /^\w+ +(ok|skipped|failed)/.test(line)
      );
      return { code, states: lines.map((line) => line.split(/ +/)[1]) };
    };
    assertEquals((await run()).code, 0);
    assertEquals(await run(), { code: 0, states: ["skipped", "skipped", "skipped"] });
  },
});
