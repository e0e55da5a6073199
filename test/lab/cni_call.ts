// The CNI executable protocol, spoken raw: environment in, configuration on stdin, JSON on stdout. No library between.

import type { Outcome } from "./command.ts";
import type { Namespace } from "./namespace.ts";
import type { Node } from "./node.ts";

/** A set of plugins, held to the same assertions as the others. */
export interface Target {
  readonly name: string;
  /** Whether it is cnidaria. */
  readonly ours: boolean;
  /** CNI_PATH: where its executables are. */
  readonly directory: string;
  /** What its executables need in their environment on this node. */
  environment(node: Node): Record<string, string>;
}

export type Command = "ADD" | "DEL" | "CHECK" | "GC" | "STATUS" | "VERSION";

/** A network configuration for one plugin. */
export type Config = { cniVersion: string; name: string; type: string } & Record<string, unknown>;

export interface Attachment {
  readonly containerId: string;
  readonly ifname: string;
  /** A namespace, or the path of one that is gone. */
  readonly netns: Namespace | string;
  /** CNI_ARGS. */
  readonly args?: string;
}

/** Result of CNI 0.3.0 and later; fields of 0.1.0 and 0.2.0 beside. */
export interface Result {
  cniVersion: string;
  interfaces?: { name: string; mac?: string; mtu?: number; sandbox?: string }[];
  ips?: { address: string; gateway?: string; interface?: number; version?: string }[];
  routes?: { dst: string; gw?: string }[];
  dns?: { nameservers?: string[]; domain?: string; search?: string[]; options?: string[] };
  ip4?: { ip: string; gateway?: string; routes?: { dst: string; gw?: string }[] };
  ip6?: { ip: string; gateway?: string; routes?: { dst: string; gw?: string }[] };
}

export interface CniError {
  cniVersion?: string;
  code: number;
  msg: string;
  details?: string;
}

/** A call as a process to start: its program, environment and standard input. */
export interface Invocation {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

/** How the executable that `config.type` names is called, inside the node. */
export function invocation(
  target: Target,
  node: Node,
  command: Command,
  config: Config,
  attachment: Attachment,
  options: { extraPath?: string } = {},
): Invocation {
  const { netns } = attachment;
  const path = options.extraPath ? `${target.directory}:${options.extraPath}` : target.directory;
  return {
    argv: [`${target.directory}/${config.type}`],
    input: JSON.stringify(config),
    env: {
      ...target.environment(node),
      CNI_COMMAND: command,
      CNI_CONTAINERID: attachment.containerId,
      CNI_IFNAME: attachment.ifname,
      CNI_NETNS: typeof netns === "string" ? netns : netns.path,
      CNI_PATH: path,
      ...(attachment.args === undefined ? {} : { CNI_ARGS: attachment.args }),
    },
  };
}

/** Calls the executable that `config.type` names, inside the node. */
export function call(...parameters: Parameters<typeof invocation>): Promise<Outcome> {
  const [, node] = parameters;
  const { argv, env, input } = invocation(...parameters);
  return node.namespace.run(argv, { env, input });
}

/** Calls and answers the result. @throws {Error} with everything that the plugin wrote, where it failed */
export async function succeed(
  ...[target, node, command, config, attachment, options]: Parameters<typeof call>
): Promise<Result> {
  const { code, stdout, stderr } = await call(target, node, command, config, attachment, options);
  if (code === 0) return (stdout.trim() === "" ? { cniVersion: config.cniVersion } : JSON.parse(stdout)) as Result;
  throw new Error(`Cannot ${command} with ${target.name} as it ended with ${code}: ${stdout}${stderr}`);
}

/** Calls and answers the error, which has to be what the spec calls an error. */
export async function fail(
  ...[target, node, command, config, attachment, options]: Parameters<typeof call>
): Promise<CniError> {
  const { code, stdout } = await call(target, node, command, config, attachment, options);
  if (code === 0) {
    throw new Error(`Cannot expect an error of ${command} with ${target.name} as it succeeded: ${stdout}`);
  }
  const error = JSON.parse(stdout) as CniError;
  if (!Number.isInteger(error.code) || error.code < 1 || typeof error.msg !== "string" || error.msg === "") {
    throw new Error(`Cannot take the answer of ${target.name} for a CNI error as its form is wrong: ${stdout}`);
  }
  return error;
}
