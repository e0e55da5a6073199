// `cnidaria policy`: its commands and their options.

import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { appendedPort } from "./ports.ts";

/** @param ended told the exit code of a command that has told its own failure @param http where the agent answers */
export function addPolicy(program: Command, output: Output, ended: (code: number) => void, http: string): void {
  const json = () => new Option("--json", "for another program to read");
  const agent = () => new Option("--http <address>", "of the agent: HOST:PORT, or the path of a socket").default(http);
  const policy = program.command("policy").description("network policies: what they come to, and why");
  policy.command("check").description("whether a folder of Kubernetes objects can be used, and what is wrong")
    .argument("<dir>", "with namespaces, pods, nodes and policies as YAML or JSON").addOption(json())
    .action(async (dir, options) =>
      ended(await (await import("../commands/policy_check.ts")).policyCheck(dir, options, output))
    );
  policy.command("table").description("which pod reaches which at which port, and by which rule")
    .argument("<dir>", "as for check")
    .option(
      "--port <number[/protocol]>",
      "instead of those of the pods' containers; more than once for more",
      appendedPort,
      [],
    )
    .addOption(json())
    .action(async (dir, options) =>
      ended(await (await import("../commands/policy_table.ts")).policyTable(dir, options, output))
    );
  policy.command("explain").description("whether a packet passes, and which rule decides")
    .requiredOption("--from <who>", "NAMESPACE/POD, or an address")
    .requiredOption("--to <who>", "NAMESPACE/POD, or an address")
    .requiredOption("--port <port>", "a number, or the name that the pod has for one")
    .addOption(new Option("--protocol <protocol>").choices(["tcp", "udp", "sctp"]).default("tcp"))
    .option("--dir <dir>", "judge by this folder; without it, by what is in force on this node").addOption(agent())
    .addOption(json())
    .action(async (options) =>
      ended(await (await import("../commands/policy_explain.ts")).policyExplain(options, output))
    );
  policy.command("apply").description("brings a folder's policies in force in this network namespace, without an agent")
    .argument("[dir]", "as for check; not with --remove")
    .option("--node <name>", "only for the pods of this node; without it, for all pods")
    .option("--dry-run", "say what would change, and change nothing", false)
    .option("--remove", "take all of it away again", false).addOption(agent())
    .action(async (dir, options) =>
      ended(await (await import("../commands/policy_apply.ts")).policyApply(dir, options, output))
    );
  policy.command("drops").description("the last packets that policies have dropped on this node")
    .option("--follow", "go on with those to come", false).addOption(agent()).addOption(json())
    .action(async (options) => (await import("../commands/policy_drops.ts")).policyDrops(options, output));
}
