// Each command line of the guides is one that the program takes, each task is there, and each link leads somewhere.

import { assert, assertEquals } from "@std/assert";
import type { Command } from "commander";
import { createProgram } from "../../runtime/cli/main.ts";
import { commandLines } from "./command_lines.ts";

const DOCS = new URL("..", import.meta.url).pathname;
const GUIDES = `${DOCS}guides`;

const files = ["../README.md", ...[...Deno.readDirSync(GUIDES)].map(({ name }) => name)]
  .filter((name) => name.endsWith(".md")).sort();
const textOf = (file: string) => Deno.readTextFileSync(`${GUIDES}/${file}`);

/** Parses as the program does, and does nothing. @returns what it complains of; undefined where it takes them */
function complaintAbout(words: readonly string[]): string | undefined {
  const said: string[] = [];
  const output = { line: () => {}, complain: (text: string) => void said.push(text), json: () => {} };
  const program = createProgram(output);
  disarm(program);
  try {
    program.parse([...words], { from: "user" });
    return undefined;
  } catch (error) {
    return said.join(" ") || (error as Error).message;
  }
}

function disarm(command: Command): void {
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(disarm);
}

Deno.test("complaintAbout() takes what the program takes, and nothing else", () => {
  assertEquals(complaintAbout(["leases", "--json"]), undefined);
  for (
    const words of [["leese"], ["leases", "--jsn"], ["exec", "add", "--conf", "f"], ["gc", "--wait", "x"], ["trace"]]
  ) assert(complaintAbout(words) !== undefined, words.join(" "));
});

Deno.test("commandLines() finds calls behind prompts, pipes, variables and sudo, and leaves output alone", () => {
  const text = [
    "cnidaria no",
    "```sh",
    "A=b sudo cnidaria gc --wait 1 # why",
    "cat x | cnidaria exec add --cap '{\"a\": 1}' \\",
    "  --conf f > out && echo done",
    "```",
    "```console",
    "$ /opt/cni/bin/cnidaria leases",
    "cnidaria said this",
    "```",
  ].join("\n");
  assertEquals(commandLines(text).map(({ line, program, words }) => [line, program, ...words]), [
    [3, "cnidaria", "gc", "--wait", "1"],
    [5, "cat", "x"],
    [5, "cnidaria", "exec", "add", "--cap", '{"a": 1}', "--conf", "f"],
    [5, "echo", "done"],
    [8, "cnidaria", "leases"],
  ]);
});

for (const file of files) {
  Deno.test(`${file}: the program takes each command line, and each task is there`, () => {
    const { tasks } = JSON.parse(Deno.readTextFileSync(`${DOCS}../deno.json`));
    const problems: string[] = [];
    for (const { line, program, words } of commandLines(textOf(file))) {
      const at = (what: string) => `${file}:${line}: ${program} ${words.join(" ")}: ${what}`;
      if (program === "cnidaria") {
        const complaint = complaintAbout(words);
        if (complaint !== undefined) problems.push(at(complaint));
      }
      const task = words[words.indexOf("task") + 1];
      if ((program === "npx" || program === "deno") && words.includes("task") && !Object.hasOwn(tasks, task ?? "")) {
        problems.push(at("there is no such task"));
      }
    }
    assertEquals(problems, []);
  });

  Deno.test(`${file}: each link leads to a file and, where it names one, a heading`, () => {
    const problems: string[] = [];
    for (const [, target = ""] of textOf(file).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = "", heading] = target.split("#");
      const found = new URL(path === "" ? file : path, `file://${GUIDES}/${file}`).pathname;
      if (!exists(found)) problems.push(`${target}: no such file`);
      else if (heading !== undefined && !anchorsOf(Deno.readTextFileSync(found)).includes(heading)) {
        problems.push(`${target}: no such heading`);
      }
    }
    assertEquals(problems, []);
  });
}

Deno.test("the index names every guide", () => {
  const index = textOf("../README.md");
  for (const file of files.slice(1)) assert(index.includes(`(guides/${file})`), file);
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!.toLowerCase().replace(/[^\w\s-]/g, "").replaceAll(" ", "-")
  );
}
