import { assertEquals, assertStringIncludes } from "@std/assert";
import { FolderSource } from "./folder_source.ts";
import type { Observed } from "./source.ts";

const policy = (name: string) =>
  `kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: { name: ${name} }\nspec: { podSelector: {} }\n`;

/** What was observed so far, and the names of policies that there are by the last look. */
class Seen {
  readonly events: Observed[] = [];

  get policies(): string | undefined {
    const last = this.events.findLast((it) => it.tell === "all" && it.kind === "NetworkPolicy");
    if (last?.tell !== "all") return undefined;
    const ids = last.objects.map((it) => (it as { metadata: { namespace: string; name: string } }).metadata);
    return ids.map(({ namespace, name }) => `${namespace}/${name}`).join(" ");
  }

  get troubles(): string[] {
    return this.events.flatMap((it) => it.tell === "trouble" ? [it.why] : []);
  }

  async until(done: (seen: Seen) => boolean): Promise<void> {
    for (const end = performance.now() + 5_000; !done(this);) {
      if (performance.now() > end) throw new Error(`it did not come true: ${JSON.stringify(this.events)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function withFolder(test: (folder: string, seen: Seen) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  const folder = `${parent}/policies`;
  const ends = new AbortController();
  const seen = new Seen();
  const running = new FolderSource(folder, 10, 20).run((event) => void seen.events.push(event), ends.signal);
  try {
    await test(folder, seen);
  } finally {
    ends.abort();
    await running;
    await Deno.remove(parent, { recursive: true });
  }
}

Deno.test("a folder that comes later is told of, and read when it is there", () =>
  withFolder(async (folder, seen) => {
    await seen.until(({ troubles }) => troubles.length === 1);
    assertStringIncludes(seen.troubles[0]!, `Cannot read the folder of policies ${folder} as `);
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/a.yaml`, `${policy("a")}---\n${policy("b")}`);
    await seen.until(({ policies }) => policies === "default/a default/b");
    assertEquals(seen.events.some(({ tell }) => tell === "well"), true);
  }));

Deno.test("files that come, change and go are followed; others are no policies", () =>
  withFolder(async (folder, seen) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/a.yaml`, policy("a"));
    await seen.until(({ policies }) => policies === "default/a");
    await Deno.writeTextFile(`${folder}/README.md`, "no YAML: [");
    await Deno.writeTextFile(
      `${folder}/b.json`,
      JSON.stringify({
        kind: "List",
        items: [
          { kind: "NetworkPolicy", metadata: { name: "b", namespace: "shop" }, spec: {} },
        ],
      }),
    );
    await seen.until(({ policies }) => policies === "default/a shop/b");
    await Deno.remove(`${folder}/a.yaml`);
    await seen.until(({ policies }) => policies === "shop/b");
    assertEquals(seen.troubles.filter((it) => !it.includes("the folder")), []);
  }));

Deno.test("a broken file keeps what it had, is told of once, and other files go on", () =>
  withFolder(async (folder, seen) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/a.yaml`, policy("a"));
    await seen.until(({ policies }) => policies === "default/a");
    await Deno.writeTextFile(`${folder}/a.yaml`, "kind: [");
    await Deno.writeTextFile(`${folder}/b.yaml`, policy("b"));
    await seen.until(({ policies }) => policies === "default/a default/b");
    const broken = seen.troubles.filter((it) => it.includes("a.yaml"));
    assertEquals(broken.length, 1, JSON.stringify(seen.troubles));
    assertStringIncludes(broken[0]!, "a.yaml:1: Cannot be read as YAML: ");
    assertStringIncludes(broken[0]!, "what it had before stays in force");
    await Deno.writeTextFile(
      `${folder}/a.yaml`,
      "apiVersion: example.org/v1\nkind: NetworkPolicy\nmetadata: { name: x }",
    );
    await seen.until(({ troubles }) => troubles.some((it) => it.includes("a.yaml:1: apiVersion is of no policy ")));
    await Deno.writeTextFile(`${folder}/a.yaml`, policy("c"));
    await seen.until(({ policies }) => policies === "default/c default/b");
  }));
