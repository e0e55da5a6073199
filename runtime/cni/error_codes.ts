// Every error code that the program answers, in one table. 1 to 99 belong to the CNI specification (1.1.0, section
// "Error", and STATUS); 100 and above are ours.

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

  /** A defect of this program. */
  internal: 100,
  /** No plugin of that name is installed. */
  pluginNotFound: 101,
  /** plugin.json is malformed, or its files are not safe to run (owner, mode, digest). */
  pluginInvalid: 102,
  /** No engine that could run a component is usable. */
  engineUnavailable: 103,
  /** The component cannot be loaded. */
  badComponent: 104,
  /** The component trapped. */
  trap: 105,
  /** The component ran longer than its limit. */
  timeLimit: 106,
  /** The component used more fuel than its limit. */
  fuelLimit: 107,
  /** The component wanted more memory than its limit. */
  memoryLimit: 108,
  /** A host function broke (not a refusal: those are the plugin's to report). */
  hostFailure: 109,
  /** The component returned an error with a code that is not its to use. */
  pluginFailed: 110,
  /** An executable plugin gave no answer that the protocol allows. */
  delegateFailed: 111,
  /** ADD for an attachment that exists. */
  attachmentExists: 112,
  /** CHECK: the attachment is not as it was made. */
  checkFailed: 113,
  /** DEL or GC: something could not be taken back; the next call tries again. */
  cleanupIncomplete: 114,
  /** A host call was outside the plugin's grants (the SDK answers it for `denied`). */
  denied: 120,
} as const;

export type ErrorCodeName = keyof typeof ERROR_CODES;

/** Codes below 100 that a plugin may answer of its own (the specification's, without 1, which is the host's). */
export const PLUGIN_RESERVED_CODES: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 8, 11, 50, 51]);
