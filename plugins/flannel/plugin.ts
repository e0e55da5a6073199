// flannel: makes the delegate's configuration from Flannel's subnet file, and hands the attachment to the delegate.

import * as configFiles from "cnidaria:cni/config-files@0.3.0";
import * as delegate from "cnidaria:cni/delegate@0.3.0";
import * as log from "cnidaria:cni/log@0.3.0";
import * as notes from "cnidaria:cni/notes@0.3.0";
import { attempt, CniError, cniErrorOf, definePlugin, ErrorCodes, hostErrorOf, isHostError } from "../sdk/mod.ts";
import { delegateConfig, type FlannelConfig, readConfig } from "./delegate_config.ts";
import { parseSubnetEnv, type SubnetEnv } from "./subnet_env.ts";

/** Key of the note that holds the delegate's configuration as ADD made it: the subnet file may change or go. */
const NOTE = "delegate";

export const cni = definePlugin({
  add(_at, text) {
    const config = readConfig(text);
    const made = JSON.stringify(fromSubnetFile(config, config.subnetWaitMs));
    attempt("keep the delegate's configuration for DEL", () => notes.put(NOTE, made));
    return delegate.add(config.type, made);
  },

  check(_at, text) {
    const config = readConfig(text);
    const made = noted(config) ?? JSON.stringify(fromSubnetFile(config));
    delegate.check(config.type, made);
  },

  del(at, text) {
    const config = readConfig(text);
    const made = noted(config) ?? fromSubnetFileIfThere(config);
    // Without a note ADD has not come as far as the delegate.
    if (made === undefined) log.write("info", `nothing is known of ${at.ifname} of container ${at.containerId}`);
    else delegate.del(config.type, made);
  },

  gc(_network, text) {
    const config = readConfig(text);
    const made = fromSubnetFileIfThere(config);
    if (made === undefined) log.write("warn", "no garbage is collected as there is no subnet file");
    else delegate.gc(config.type, made);
  },

  status(_network, text) {
    const config = readConfig(text);
    delegate.status(config.type, JSON.stringify(fromSubnetFile(config)));
  },
});

/** The delegate's configuration as ADD made it, with what the runtime has added to this call. */
function noted(config: FlannelConfig): string | undefined {
  const made = attempt("read the delegate's configuration", () => notes.get(NOTE));
  return made === undefined ? undefined : JSON.stringify({ ...JSON.parse(made), ...config.passed });
}

function fromSubnetFile(config: FlannelConfig, waitMs = 0): Record<string, unknown> {
  return delegateConfig(config, config.complete ? undefined : readSubnetEnv(waitMs));
}

/** Undefined where there is no usable subnet file. */
function fromSubnetFileIfThere(config: FlannelConfig): string | undefined {
  try {
    return JSON.stringify(fromSubnetFile(config));
  } catch (error) {
    if (cniErrorOf(error)?.code === ErrorCodes.tryAgainLater) return undefined;
    throw error;
  }
}

/** @param waitMs how long the node may take to get its subnet */
function readSubnetEnv(waitMs: number): SubnetEnv {
  return parseSubnetEnv(attempt("read Flannel's subnet file", () => {
    try {
      return waitMs === 0 ? configFiles.subnetEnv() : configFiles.waitSubnetEnv(waitMs);
    } catch (error) {
      if (!isHostError(error, "not-found", "timeout")) throw error;
      throw new CniError(
        ErrorCodes.tryAgainLater,
        `Cannot attach yet as this node has no subnet: ${hostErrorOf(error)!.message}`,
      );
    }
  }));
}
