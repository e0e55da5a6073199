// What the author of a plugin imports. Nothing here calls the host: `check.ts` and `container.ts`, which do, are modules
// of their own, so that a component imports no more than it uses.

export * from "./address.ts";
export * from "./cni_error.ts";
export * from "./config.ts";
export * from "./controller.ts";
export * as fields from "./fields.ts";
export * from "./host_error.ts";
export * from "./network_config.ts";
export * from "./options.ts";
export * from "./plugin.ts";
export * from "./policy.ts";
export * from "./previous_result.ts";
export * from "./result.ts";
export * from "./layer3.ts";
export * from "./u64.ts";
