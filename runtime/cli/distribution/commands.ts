// `cnidaria plugin push, pull, save, load`: plugins by way of registries and archives, and the options of these commands.

import { type Command, Option } from "commander";
import type { Output } from "../output.ts";
import { appended } from "../repeatable.ts";

/** @param plugin the command `plugin` */
export function addDistribution(plugin: Command, output: Output): void {
  const json = () => new Option("--json", "for another program to read");
  const withRegistry = (command: Command) =>
    command.option(
      "--ca <file>",
      "PEM: a certificate authority that is trusted besides the known; SSL_CERT_FILE as well",
    )
      .option("--plain-http", "HTTP in place of HTTPS, for the registry that the reference names", false);
  const withSource = (command: Command) =>
    command.option("--verify <key>", "public key as PEM: refuse what it has not signed");
  const withMirrors = (command: Command) =>
    command.option(
      "--mirror <host=host/prefix>",
      "where to look first, http://HOST if it has no TLS; more than once for more",
      appended,
      [],
    );
  const withTarget = (command: Command) =>
    command.option("--out <dir>", "write NAME/plugin.wasm and NAME/plugin.json there")
      .option("--install", "write them to where cnidaria looks for plugins; `plugin allow` lets one run", false)
      .option("--force", "replace another that is there", false).addOption(json());

  withRegistry(plugin.command("push")).description("puts a plugin into an OCI registry; prints its digest")
    .argument("<plugin>", "a folder with plugin.json and plugin.wasm, or the name of an installed plugin")
    .argument("<reference>", "HOST/REPOSITORY:TAG")
    .option("--sign <key>", "private key as PEM, ECDSA P-256 or Ed25519: a signature that cosign verifies too")
    .addOption(json())
    .action(async (name, reference, options) =>
      (await import("../commands/plugin_push.ts")).pluginPush(name, reference, options, output)
    );
  withTarget(withSource(withMirrors(withRegistry(plugin.command("pull")))))
    .description("gets a plugin from an OCI registry, verified; it may not run by that")
    .argument("<reference>", "HOST/REPOSITORY:TAG, HOST/REPOSITORY@sha256:…")
    .option("--digest <sha256:…>", "what it must be, as @sha256:… in the reference")
    .action(async (reference, options) =>
      (await import("../commands/plugin_pull.ts")).pluginPull(reference, options, output)
    );
  withMirrors(withRegistry(plugin.command("save")))
    .description("puts plugins into a file, an OCI image layout, for nodes that reach no registry")
    .argument("<plugins...>", "folders, names of installed plugins, or references, whose signatures come along")
    .requiredOption("--out <file>", "a tar archive")
    .option("--sign <key>", "private key as PEM: signs what is saved").addOption(json())
    .action(async (names, options) => (await import("../commands/plugin_save.ts")).pluginSave(names, options, output));
  withTarget(withSource(plugin.command("load")))
    .description("gets plugins out of a file that `save` made, verified; they may not run by that")
    .argument("<file>", "a tar archive")
    .action(async (file, options) => (await import("../commands/plugin_load.ts")).pluginLoad(file, options, output));
}
