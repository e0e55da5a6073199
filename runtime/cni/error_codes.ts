// Every error code that the program answers, in one table. 1 to 99 belong to the CNI specification (1.1.0, section
// "Error", and STATUS); 100 to 199 are plugins' (plugins/sdk/cni_error.ts), 200 and above the host's.

/** Numbers by name. */
export const ERROR_CODES = {
  /** The configuration's cniVersion is not supported, or is too old for the command. */
  incompatibleVersion: 1,
  /** A field's value cannot be had here; the message names key and value. */
  unsupportedField: 2,
  /** The container's namespace does not exist: nothing was made, no DEL is needed. */
  unknownContainer: 3,
  /** Environment variables are missing or malformed; the message names them. */
  invalidEnvironment: 4,
  /** Standard input, a file or the state directory could not be read or written. */
  io: 5,
  /** Standard input is not JSON. */
  decoding: 6,
  /** The configuration is JSON, but not a valid network configuration. */
  invalidConfig: 7,
  /** CNI_NETNS is the node's own namespace (libcni's ErrInvalidNetNS). */
  invalidNetns: 8,
  /** Another call on the same attachment runs, or a resource is busy: try again. */
  tryAgainLater: 11,
  /** STATUS: an ADD would fail. */
  notAvailable: 50,
  /** STATUS: an ADD would fail, and existing containers may lack connectivity. */
  limitedConnectivity: 51,

  /** CHECK: the attachment is not as it was made. The plugins' SDK says the same with this number. */
  checkFailed: 100,
  // 101 to 199 belong to the plugins.

  /** A defect of this program. */
  internal: 200,
  /** No plugin of that name is installed. */
  pluginNotFound: 201,
  /** plugin.json is malformed, or its files are not safe to run (owner, mode, digest). */
  pluginInvalid: 202,
  /** No engine that could run a component is usable. */
  engineUnavailable: 203,
  /** The component cannot be loaded. */
  badComponent: 204,
  /** The component trapped. */
  trap: 205,
  /** The component ran longer than its limit. */
  timeLimit: 206,
  /** The component used more fuel than its limit. */
  fuelLimit: 207,
  /** The component wanted more memory than its limit. */
  memoryLimit: 208,
  /** A host function broke (not a refusal: those are the plugin's to report). */
  hostFailure: 209,
  /** The component returned an error with a code that is not its to use. */
  pluginFailed: 210,
  /** An executable plugin gave no answer that the protocol allows. */
  delegateFailed: 211,
  /** ADD for an attachment that exists. */
  attachmentExists: 212,
  /** DEL or GC: something could not be taken back; the next call tries again. */
  cleanupIncomplete: 214,
  /** A plugin ran another one without a grant for that. */
  denied: 215,
  /** The component made more host calls than its limit. */
  hostCallLimit: 216,
  /** The component passed the host a larger value than its limit. */
  valueLimit: 217,
  /** The component recursed deeper than its stack allows, or plugins ran each other too deep. */
  stackLimit: 218,
  /** A plugin that did not come with the installation, and that nobody has allowed as it is. */
  pluginNotAllowed: 219,
  /** The runtime gave up while an ADD was under way: it was undone. */
  interrupted: 220,
  /** `cnidaria plan`: what an executable would do cannot be known without running it. */
  notPlannable: 221,
} as const;

export type ErrorCodeName = keyof typeof ERROR_CODES;

/** Codes below 100 that a plugin may answer of its own (the specification's, without 1, which is the host's). */
export const PLUGIN_RESERVED_CODES: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 8, 11, 50, 51]);
