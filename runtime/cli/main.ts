// The command line. Each command's module is loaded when it is called.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { addConformance } from "./conformance/command.ts";
import { CommandFailure, type Output, standardOutput } from "./output.ts";
import { addPlugin } from "./plugin/commands.ts";
import { addPolicy } from "./policy/commands.ts";
import { appended } from "./repeatable.ts";

/**
 * Runs a command.
 *
 * @param args the words after the program's name
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage
 */
export async function main(args: readonly string[], output: Output = standardOutput): Promise<number> {
  const program = createProgram(output);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    output.complain(error instanceof Error ? error.message : String(error));
    return error instanceof CommandFailure ? error.code : 1;
  }
}

/** Set by a command that has told its own failure, as `doctor` does. */
let exitCode = 0;

const json = () => new Option("--json", "for another program to read");

/** Every command with its arguments and options. */
export function createProgram(output: Output): Command {
  exitCode = 0;
  const program = new Command("cnidaria")
    .description("A CNI runtime whose plugins are sandboxed WebAssembly components.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: (text) => output.complain(text.trimEnd()),
    });
  addAgent(program);
  addExec(program, output);
  addConformance(program, output, (code) => exitCode = code);
  addPlan(program, output);
  addPlugin(program, output, (code) => exitCode = code);
  addPolicy(program, output, (code) => exitCode = code, AGENT_HTTP);
  program.command("leases").description("the addresses that are held, and by whom")
    .option("--network <name>", "only those of one network").addOption(json())
    .action(async (options) => (await import("./commands/leases.ts")).leases(options, output));
  program.command("attachments").description("what each attachment owns; of one, everything")
    .argument("[container-id]", "the beginning of one").option("--network <name>", "only those of one network")
    .addOption(json())
    .action(async (id, options) => (await import("./commands/attachments.ts")).attachments(id, options, output));
  program.command("repair").description("makes again what someone took from attachments: rules, addresses, routes, …")
    .argument("[container-id[/ifname]]", "all attachments, unless one is named; the id may be cut off")
    .option("--network <name>", "only those of one network")
    .option("--dry-run", "say what is missing, and change nothing", false).addOption(json())
    .action(async (which, options) => {
      exitCode = await (await import("./commands/repair.ts")).repair(which, options, output);
    });
  program.command("trace").description("what the calls on an attachment did, host call by host call")
    .argument("<id>", "CONTAINER-ID or CONTAINER-ID/IFNAME; the container's id may be cut short")
    .option("--network <name>", "only those of one network").option("--last", "only the newest call")
    .option("--timing", "what each step took as well").addOption(json())
    .action(async (id, options) => (await import("./commands/trace.ts")).trace(id, options, output));
  program.command("gc").description("removes what is held for containers that are gone")
    .option("--network <name>", "only what belongs to one network")
    .option("--wait <seconds>", "between the two looks that must agree", seconds, 5)
    .option("--dry-run", "say what would be removed, and remove nothing", false)
    .option("--bin-dir <dirs>", "CNI_PATH for executables that took part, with colons between", "/opt/cni/bin")
    .addOption(json())
    .action(async (options) => {
      exitCode = await (await import("./commands/gc.ts")).gc(options, output);
    });
  program.command("import").description("takes over what another plugin keeps").command("host-local")
    .argument("<dir>", "such as /var/lib/cni/networks; its files stay as they are").addOption(json())
    .action(async (dir, options) =>
      (await import("./commands/import_host_local.ts")).importHostLocal(dir, options, output)
    );
  program.command("install").description("installs into a CNI bin folder")
    .argument("[dir]", "the CNI bin folder", "/opt/cni/bin")
    .option("--prefix <dir>", "for everything but the entries in the bin folder", "/opt/cnidaria")
    .option(
      "--drop-in <names>",
      "plugins to be called by their bare name as well, with commas between; `all` for each of them",
      listOfNames,
      [],
    )
    .option("--force", "take a name from another's file, which is kept as NAME.orig", false)
    .option("--conf <file>", "a network configuration to install as well: last, when all else is in place")
    .option("--conf-dir <dir>", "where --conf goes", "/etc/cni/net.d")
    .option("--uninstall", "the same as the command `uninstall`", false)
    .action(async (dir, options) => (await import("./commands/install.ts")).installCommand(dir, options, output));
  program.command("uninstall").description("removes what `install` put there, and puts back what was there before")
    .argument("[dir]", "the CNI bin folder", "/opt/cni/bin")
    .option("--prefix <dir>", "of the installation", "/opt/cnidaria")
    .action(async (dir, options) => (await import("./commands/install.ts")).uninstallCommand(dir, options, output));
  program.command("status").description("how the overlay is: this node, its store, and each of its peers")
    .addOption(new Option("--http <address>", "of the agent: HOST:PORT, or the path of a socket").default(AGENT_HTTP))
    .option("--line", "one line, for an issue", false).addOption(json())
    .action(async (options) => {
      exitCode = await (await import("./commands/status.ts")).status(options, output);
    });
  program.command("version").description("versions of the program, its engine and the protocol").addOption(json())
    .action(async (options) => (await import("./commands/version.ts")).version(options, output));
  program.command("doctor").description("what this kernel, its libraries and configuration can do, and what is missing")
    .option("--conf-dir <dir>", "configurations to check", "/etc/cni/net.d")
    .option("--bin-dir <dir>", "the CNI bin folder", "/opt/cni/bin")
    .option("--http <address>", "of the agent: HOST:PORT, or the path of a socket", AGENT_HTTP).addOption(json())
    .action(async (options) => {
      exitCode = await (await import("./commands/doctor.ts")).doctor(options, output);
    });
  return program;
}

/** Where entries look for the agent, unless CNIDARIA_SOCKET says otherwise. */
const AGENT_SOCKET = "/run/cnidaria/agent.sock";
/** Where it answers HTTP. */
const AGENT_HTTP = "/run/cnidaria/http.sock";

function addAgent(program: Command): void {
  program.command("agent").description("serves CNI calls from a process that is ready, and keeps the node tidy")
    .addOption(new Option("--socket <path>", "where entries connect").env("CNIDARIA_SOCKET").default(AGENT_SOCKET))
    .option("--http <address>", "health and metrics: HOST:PORT, or the path of a socket", AGENT_HTTP)
    .option("--http-token <file>", "of the dashboard and its API: needed beyond the loopback address")
    .option("--http-host <name>", "by which browsers ask for it; more than once for more", appended, [])
    .option("--http-cert <file>", "PEM: HTTP is encrypted").option("--http-key <file>", "PEM: of --http-cert")
    .option("--http-actions", "the dashboard can run CHECK, GC, and release what is dead", false)
    .option("--threads <number>", "that wait for calls; more are started while all are busy", threads, 2)
    .option("--gc-interval <seconds>", "between two collections of garbage; 0: none", seconds, 600)
    .option("--repair-interval <seconds>", "between two rounds that repair what two agree on; 0: never", seconds, 60)
    .option("--grace <seconds>", "for calls to finish when it ends", seconds, 20)
    .option("--cluster <file>", "how this node takes part in an overlay; without it, it does not")
    .option("--policy <file>", "how network policies are enforced; without it, they are not")
    .action(async ({ socket, http, threads, gcInterval, repairInterval, grace, cluster, policy, ...rest }) => {
      const { httpToken: token, httpHost: hosts, httpCert: cert, httpKey: key, httpActions: actions } = rest;
      const intervals = { collectSeconds: gcInterval, repairSeconds: repairInterval };
      const web = { token, hosts, cert, key, actions };
      const options = { socket, http, web, threads, ...intervals, graceSeconds: grace, cluster, policy };
      exitCode = await (await import("./commands/agent.ts")).agent(options);
    });
}

function addExec(program: Command, output: Output): void {
  const exec = program.command("exec").description("runs a configuration as a container runtime does");
  for (const verb of ["add", "del", "check", "gc", "status"] as const) {
    const command = exec.command(verb).requiredOption(
      "--conf <file>",
      "a .conflist, or a single plugin's configuration",
    )
      .option("--bin-dir <dirs>", "CNI_PATH, with colons between", "/opt/cni/bin")
      .option("--cache-dir <dir>", "for results, which check and del need", "/var/lib/cni");
    if (verb === "gc") {
      command.option("--valid <id/ifname...>", "attachments that are in use; none: removes all of the network", []);
    } else if (verb !== "status") {
      command.requiredOption("--container-id <id>", "the container").option("--netns <path>", "its network namespace")
        .option("--ifname <name>", "the interface in it", "eth0").option("--args <text>", "CNI_ARGS: KEY=VALUE;…")
        .option("--cap <json>", 'capability arguments, such as {"ips":["10.0.0.9/24"]}', jsonObject)
        .option("--timing", "what each step of the call took, on stderr", false);
    }
    command.action(async (options) => (await import("./commands/exec.ts")).exec(verb, options, output));
  }
}

function addPlan(program: Command, output: Output): void {
  program.command("plan").description("what an ADD would do, without doing it")
    .requiredOption("--conf <file>", "a network configuration, or a list of them")
    .requiredOption("--container-id <id>", "the container")
    .addOption(new Option("--verb <verb>", "what to plan").choices(["add", "del"]).default("add"))
    .option("--netns <path>", "its network namespace; without it, a new one for add, one that is gone for del")
    .option("--ifname <name>", "the interface in it", "eth0").option("--args <text>", "CNI_ARGS: KEY=VALUE;…", "")
    .option("--cap <json>", 'capability arguments, such as {"ips":["10.0.0.9/24"]}', jsonObject)
    .option("--bin-dir <dirs>", "CNI_PATH", "/opt/cni/bin").addOption(json())
    .action(async (options) => {
      exitCode = await (await import("./commands/plan.ts")).plan(options, output);
    });
}

function threads(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 8) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 to 8.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 3600) return value;
  throw new InvalidArgumentError("It must be a number from 0 to 3600.");
}

function listOfNames(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below: the parser's own words say less.
  }
  throw new InvalidArgumentError(`It must be a JSON object: ${text}`);
}
