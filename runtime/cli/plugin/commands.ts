// `cnidaria plugin …`: what administrators do with plugins, and what their authors do.

import { type Command, InvalidArgumentError, Option } from "commander";
import { addDistribution } from "../distribution/commands.ts";
import type { Output } from "../output.ts";
import { appended } from "../repeatable.ts";

const json = () => new Option("--json", "for another program to read");
const DIR = "the plugin's folder, or that of its build";

/** @param setExitCode for a command that has told its own failure */
export function addPlugin(program: Command, output: Output, setExitCode: (code: number) => void): void {
  const plugin = program.command("plugin").description("plugins: those that are installed, and those that you write");
  addInstalled(plugin, output);
  addDistribution(plugin, output);
  addAuthoring(plugin, output, setExitCode);
}

function addInstalled(plugin: Command, output: Output): void {
  plugin.command("list").description("each plugin, and whether it may run").addOption(json())
    .action(async (options) => (await import("../commands/plugin_list.ts")).pluginList(options, output));
  plugin.command("inspect").description("what a component imports and exports, and what it is granted")
    .argument("<plugin>", "its name, its folder, or the path of a .wasm file").addOption(json())
    .action(async (name, options) =>
      (await import("../commands/plugin_inspect.ts")).pluginInspect(name, options, output)
    );
  plugin.command("allow").description("lets a plugin run that did not come with cnidaria, or sets a plugin's limits")
    .argument("<plugin>", "its name").option("--yes", "do not ask", false)
    .option("--limit <key=value>", "instead of the one in its plugin.json; more than once for more", appended, [])
    .addOption(json())
    .action(async (name, options) => (await import("../commands/plugin_allow.ts")).pluginAllow(name, options, output));
  plugin.command("revoke").description("takes back what was allowed").argument("<plugin>", "its name")
    .action(async (name) => (await import("../commands/plugin_revoke.ts")).pluginRevoke(name, output));
  plugin.command("install").description("puts a plugin that was built among those that are installed")
    .argument("[dir]", DIR, ".").option("--entry <folder>", "a CNI bin folder that gets an entry cnidaria-NAME")
    .option("--force", "replace another that is there", false)
    .action(async (dir, options) => (await import("./install.ts")).pluginInstall(dir, options, output));
  plugin.command("uninstall").description("removes one that was put there by `plugin install`")
    .argument("<plugin>", "its name").option("--entry <folder>", "the CNI bin folder with its entry")
    .action(async (name, options) => (await import("./install.ts")).pluginUninstall(name, options, output));
}

function addAuthoring(plugin: Command, output: Output, setExitCode: (code: number) => void): void {
  plugin.command("new").description("a folder with a plugin that works, its tests and its documentation")
    .argument("<name>", "of the plugin, or a path that ends with it")
    .addOption(new Option("--lang <language>", "that it is written in").choices(["ts", "rust"]).default("ts"))
    .action(async (name, options) => (await import("./new.ts")).pluginNew(name, options, output));
  plugin.command("build").description("makes components of plugins; needs a checkout of cnidaria")
    .argument("[dirs...]", "their folders", ["."]).option("--out <dir>", "for the build; DIR/dist unless given")
    .action(async (dirs, options) => (await import("./build.ts")).pluginBuild(dirs, options, output));
  plugin.command("test").description("runs a plugin's tests, and tells its fuel; needs a checkout of cnidaria")
    .argument("[dir]", "its folder", ".").argument("[arguments...]", "for `deno test`, after --")
    .action(async (dir, words) => setExitCode(await (await import("./test.ts")).pluginTest(dir, words, output)));
  scenario(plugin.command("run").description("ADD, CHECK and DEL on a node that is thrown away, with every host call"))
    .option("--memory", "on a node in memory: needs no root, and no kernel", false)
    .action(async (dir, options) => setExitCode(await (await import("./run.ts")).pluginRun(dir, options, output)));
  scenario(plugin.command("bench").description("what an ADD and a DEL cost: fuel, host calls, time, in memory"))
    .option("--rounds <number>", "of ADD and DEL", rounds, 100).addOption(json())
    .action(async (dir, options) => await (await import("./bench.ts")).pluginBench(dir, options, output));
  scenario(plugin.command("record").description("runs a plugin as `run` does, and keeps every host call in a file"))
    .option("--out <file>", "for the recording", "recording.json")
    .option("--memory", "on a node in memory: its answers are those of a kernel, but not a kernel's", false)
    .action(async (dir, options) =>
      setExitCode(await (await import("./record.ts")).pluginRecord(dir, options, output))
    );
  plugin.command("replay").description("runs a recording's verbs again, without a node: is every host call the same?")
    .argument("<recording>", "the file").argument("[dir]", DIR, ".")
    .action(async (file, dir) => setExitCode(await (await import("./replay.ts")).pluginReplay(file, dir, output)));
}

/** What the commands have in common that run a plugin. */
function scenario(command: Command): Command {
  return command.argument("[dir]", DIR, ".")
    .option("--conf <file>", "a network configuration, or a list; DIR/example.conflist unless given")
    .option("--args <text>", "CNI_ARGS: KEY=VALUE;…", "")
    .option("--cap <json>", 'capability arguments, such as {"ips":["10.0.0.9/24"]}', "{}");
}

function rounds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100_000) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 to 100000.");
}
