// What the installed program may ask of the system, as a CNI call and as the agent: written into the launcher. The
// compiled program is both, so it has the agent's.
//
// A guard against the host's own mistakes, not the plugins' sandbox: that one is WebAssembly, and its gate.
// `permissions_test.ts` shows that each entry is needed.

/** Where an installation keeps its things. */
export interface Places {
  /** Folder of all that is installed but the entries in the CNI bin folder. */
  readonly prefix: string;
  readonly stateDir: string;
  /** The CNI bin folder. */
  readonly binDir: string;
}

export interface Permission {
  readonly kind: "ffi" | "read" | "write" | "env" | "sys" | "net";
  /** Nothing named: all of the kind. */
  readonly values: readonly string[];
  readonly why: string;
}

/** The names of the environment that a call reads: the protocol's, and cnidaria's own. */
export const ENVIRONMENT = [
  "CNI_COMMAND",
  "CNI_CONTAINERID",
  "CNI_NETNS",
  "CNI_IFNAME",
  "CNI_ARGS",
  "CNI_PATH",
  "CNIDARIA_NAME",
  "CNIDARIA_CALL",
  "CNIDARIA_LIB",
  "CNIDARIA_STATE",
  "CNIDARIA_INSTALLED_STATE",
  "CNIDARIA_ENGINE",
  "CNIDARIA_RUNTIME",
  "CNIDARIA_LOG_FILE",
  "CNIDARIA_LOG_LEVEL",
  "CNIDARIA_TRACE",
] as const;

/**
 * The permissions of a CNI call. Neither network nor starting programs is among them.
 */
export function permissionsFor({ prefix, stateDir }: Pick<Places, "prefix" | "stateDir">): Permission[] {
  return [
    {
      kind: "ffi",
      // A list would be no narrower: with libc a program can do everything. And Deno takes a bare name in such a list,
      // as libc.so.6 is, for a path below the working directory.
      values: [],
      why: "the engine, namespaces, netlink sockets, /proc and delegates (posix_spawn) are libraries' functions",
    },
    {
      kind: "read",
      values: [prefix, stateDir, "/etc", "/run", "/var", "/sys/class/net"],
      why: "components; state; the files that a configuration may name (resolvConf, subnetFile, dataDir); and which " +
        "link is which device's",
    },
    { kind: "write", values: [stateDir, "/run", "/var/log"], why: "state, the log and the trace" },
    { kind: "env", values: ENVIRONMENT, why: "the protocol's parameters" },
    { kind: "sys", values: ["uid"], why: "a plugin's files must belong to root or to the caller" },
  ];
}

/** Those of the agent. */
export function agentPermissions(places: Pick<Places, "prefix" | "stateDir">): Permission[] {
  return [
    ...permissionsFor(places).filter(({ kind }) => kind !== "env"),
    { kind: "env", values: [], why: "what its service manager and OpenTelemetry tell it, by names of their own" },
    { kind: "net", values: [], why: "health, readiness and metrics over HTTP" },
  ];
}

/** As flags of `deno run` and `deno compile`. */
export function permissionFlags(permissions: readonly Permission[]): string[] {
  return permissions.map(({ kind, values }) => {
    const comma = values.find((value) => value.includes(","));
    if (comma !== undefined) throw new Error(`Cannot allow ${kind} as a comma in a path can't be written: ${comma}`);
    return values.length === 0 ? `--allow-${kind}` : `--allow-${kind}=${values.join(",")}`;
  });
}
