// The `config-files` interface: files of the node that the network configuration names, or that the program knows, read
// and parsed by the host. A plugin can neither choose a path nor see a file's text.

import type * as ConfigFiles from "cnidaria:cni/config-files@0.3.0";
import type { HostContext } from "../context.ts";
import { HostCallError } from "../error.ts";
import { ALLOW_LIST, parseAllowList, refusedBy } from "./allow_list.ts";
import { parseResolvConf } from "./resolv_conf.ts";
import { parseSubnetEnv } from "./subnet_env.ts";

const defaultSubnetFile = "/run/flannel/subnet.env";
/** Bytes. Both files are a few lines long. */
const largestFile = 64 * 1024;
const longestWaitMs = 30_000;
/** Between two looks. Its folder may not be there yet, so there is nothing to be notified by. */
const pollMs = 25;

/**
 * The host functions of `config-files` for one call.
 *
 * @param allowList path of the allow-list of kernel parameters
 */
export function createConfigFiles(context: HostContext, allowList = ALLOW_LIST): typeof ConfigFiles {
  return {
    resolvConf: () => {
      const ipam = context.config["ipam"];
      const path = typeof ipam === "object" && ipam !== null && "resolvConf" in ipam ? ipam.resolvConf : undefined;
      if (path === undefined || path === "") {
        throw new HostCallError(
          "not-found",
          "Cannot read a resolv.conf as the configuration names none: ipam.resolvConf",
        );
      }
      const text = readConfigFile("ipam.resolvConf", path, "Correct the path, or leave the key out");
      return parseResolvConf(text);
    },
    refusedParameters: (keys) => {
      const list = readAllowList(allowList);
      return list === undefined ? [] : refusedBy(list, keys);
    },
    subnetEnv: () => readSubnetEnv(context),
    waitSubnetEnv: (timeoutMs) => {
      if (timeoutMs > longestWaitMs) {
        throw new HostCallError(
          "invalid",
          `Cannot wait ${timeoutMs} ms for a file as at most ${longestWaitMs} ms are allowed`,
        );
      }
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        try {
          return readSubnetEnv(context);
        } catch (error) {
          if (!(error instanceof HostCallError) || error.code !== "not-found") throw error;
          const left = deadline - performance.now();
          // In a plan no time passes.
          if (left <= 0 || context.standIn !== undefined) {
            throw new HostCallError("timeout", `${error.message} (waited ${timeoutMs} ms)`);
          }
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(left, pollMs));
        }
      }
    },
  };
}

/** Undefined where there is no such file: then everything is allowed. Whatever else keeps it from being read is an error. */
function readAllowList(path: string): RegExp[] | undefined {
  try {
    return parseAllowList(readConfigFile("the allow-list of kernel parameters", path, ""), path);
  } catch (error) {
    if (error instanceof HostCallError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** @throws {HostCallError} `not-found` while there is no such file */
function readSubnetEnv(context: HostContext): [string, string][] {
  const named = context.config["subnetFile"];
  const path = named === undefined || named === "" ? defaultSubnetFile : named;
  const advice = "It is written when this node has its subnet: look at the log of flanneld or of cnidaria's agent, " +
    "whichever serves the overlay here, and at subnetFile";
  return parseSubnetEnv(readConfigFile("subnetFile", path, advice));
}

function readConfigFile(key: string, path: unknown, adviceIfMissing: string): string {
  if (typeof path !== "string" || !path.startsWith("/") || path.includes("\0")) {
    throw new HostCallError("invalid", `Cannot read a file as ${key} is no absolute path: ${JSON.stringify(path)}`);
  }
  try {
    // A pipe or a device would keep the call waiting, or have no end.
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new HostCallError("invalid", `Cannot read ${key} as it is no regular file: ${path}`);
    if (size > largestFile) {
      throw new HostCallError("invalid", `Cannot read ${key} as it is above ${largestFile} bytes: ${path} has ${size}`);
    }
    return Deno.readTextFileSync(path);
  } catch (cause) {
    if (cause instanceof HostCallError) throw cause;
    if (cause instanceof Deno.errors.NotFound) {
      throw new HostCallError("not-found", `Cannot read ${key} as there is no such file: ${path}. ${adviceIfMissing}`);
    }
    throw new HostCallError("io", `Cannot read ${key}: ${path}: ${(cause as Error).message}`);
  }
}
