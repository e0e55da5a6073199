import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { parseAllowList, refusedBy } from "./allow_list.ts";
import { createConfigFiles } from "./mod.ts";

for (
  const [line, key, allowed] of [
    ["^net.ipv4.conf.IFNAME.[a-z_]*$", "net.ipv4.conf.IFNAME.arp_filter", true],
    ["^net.ipv4.conf.IFNAME.[a-z_]*$", "net.ipv4.conf.eth0.arp_filter", false],
    // Any part of the name is enough, as upstream has it.
    ["somaxconn", "net.core.somaxconn", true],
    ["^net\\.core\\.", "net.core.somaxconn", true],
    ["^net\\.core\\.", "net/core/somaxconn", false],
    ["net\\/core\\/so\\-max", "net/core/so-max", true],
    ["[\\-x]max", "so-max", true],
    ["(?i)NET\\.CORE", "net.core.somaxconn", true],
    ["NET", "net.core.somaxconn", false],
    ["a\\\\1", "a\\1", true],
  ] as const
) {
  Deno.test(`the line ${line} ${allowed ? "allows" : "refuses"} ${key}`, () => {
    assertEquals(refusedBy(parseAllowList(`\n  ${line}  \n`), [key]), allowed ? [] : [key]);
  });
}

for (
  const line of ["[[:alpha:]]+", "\\Anet", "net\\z", "\\Qnet\\E", "(?P<a>x)", "(?=net)", "(x)\\1", "(", "net{", "(?s)x"]
) {
  Deno.test(`the line ${line} is an error that names it`, () => {
    const error: unknown = assertThrows(() => parseAllowList(`ok\n${line}\n`, "/f"), HostCallError, `line 2 of /f`);
    assertEquals((error as HostCallError).code, "invalid");
  });
}

Deno.test("refusedParameters() goes by the file; without one everything is allowed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    withDatabase((database) => {
      const refused = (path: string) =>
        createConfigFiles(fakeContext(database), path).refusedParameters(["net.core.somaxconn", "net.ipv4.x"]);
      assertEquals(refused(`${folder}/none`), []);
      Deno.writeTextFileSync(`${folder}/list`, "^net.core\n");
      assertEquals(refused(`${folder}/list`), ["net.ipv4.x"]);
      Deno.writeTextFileSync(`${folder}/empty`, "\n");
      assertEquals(refused(`${folder}/empty`).length, 2);
      // What cannot be read allows nothing.
      assertThrows(() => refused(folder), HostCallError, "no regular file");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
