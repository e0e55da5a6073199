// What only a checkout has: the tools that make components (jco, esbuild), and the SDK. An installation has neither, so
// that its bundle must not name them.

import { CommandFailure } from "../output.ts";

const HERE = "/runtime/cli/plugin/checkout.ts";

/**
 * The folder of the checkout, with a slash at its end.
 *
 * @param doing `build a plugin`
 * @throws {CommandFailure} in an installation
 */
export function checkoutRoot(doing: string): string {
  const { pathname } = new URL(import.meta.url);
  if (pathname.endsWith(HERE)) return pathname.slice(0, 1 - HERE.length);
  throw new CommandFailure(
    `Cannot ${doing} as this is an installation: a checkout of cnidaria has the tools, \`deno task cnidaria plugin …\``,
  );
}

/**
 * A module of the SDK. Its path is worked out, so that no bundle follows it.
 *
 * @throws {CommandFailure} in an installation
 */
async function sdkModule(path: string, doing: string): Promise<unknown> {
  return await import(`file://${checkoutRoot(doing)}plugins/sdk/${path}`);
}

export async function builder(): Promise<typeof import("../../../plugins/sdk/build.ts")> {
  return await sdkModule("build.ts", "build a plugin") as typeof import("../../../plugins/sdk/build.ts");
}

export async function optionsTable(): Promise<typeof import("../../../plugins/sdk/options_table.ts")> {
  const module = await sdkModule("options_table.ts", "build a plugin");
  return module as typeof import("../../../plugins/sdk/options_table.ts");
}

export async function typescript(): Promise<typeof import("../../../plugins/sdk/templates/ts.ts")> {
  const module = await sdkModule("templates/ts.ts", "make a plugin");
  return module as typeof import("../../../plugins/sdk/templates/ts.ts");
}

export async function rust(): Promise<typeof import("../../../plugins/sdk/templates/rust.ts")> {
  const module = await sdkModule("templates/rust.ts", "make a plugin");
  return module as typeof import("../../../plugins/sdk/templates/rust.ts");
}

/** Where the build of a plugin goes. */
export async function outputFolder(dir: string): Promise<string> {
  const module = await sdkModule("build/output.ts", "build a plugin");
  return await (module as typeof import("../../../plugins/sdk/build/output.ts")).outputOf(dir);
}
