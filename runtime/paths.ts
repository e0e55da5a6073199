// Where things lie.
//
// | what | variable | else |
// | --- | --- | --- |
// | lib: `plugins/<name>/`, `lib/libwasmtime.so` | CNIDARIA_LIB | see `libDir` |
// | state: `cnidaria.db`, `journal/`, `cache/` | CNIDARIA_STATE | see `stateDir` |

/** What the functions need of the process. */
export interface ProcessView {
  env(name: string): string | undefined;
  /** URL of the program's main module. */
  readonly mainModule: string;
  /** Path of the executable. */
  readonly execPath: string;
  /** Whether the executable is the program itself (`deno compile`), and not Deno. */
  readonly standalone: boolean;
}

/** In a thread Deno does not tell it: whoever starts one does. */
let mainModule = Deno.mainModule;

/** In a thread: what the process has as `Deno.mainModule`. */
export function setMainModule(url: string): void {
  mainModule = url;
}

/** The process as it is. */
export const thisProcess: ProcessView = {
  env: (name) => Deno.env.get(name),
  get mainModule() {
    return mainModule;
  },
  get execPath() {
    return Deno.execPath();
  },
  standalone: Deno.build.standalone,
};

/**
 * The folder with plugins and libraries. Without CNIDARIA_LIB: `../lib/cnidaria` from a compiled program's folder; the
 * folder of the bundled program; `dist` in a checkout, where main.ts is in `runtime`.
 */
export function libDir(process: ProcessView = thisProcess): string {
  const named = process.env("CNIDARIA_LIB");
  if (named !== undefined && named !== "") return named;
  if (process.standalone) return normalize(`${parentFolder(process.execPath)}/../lib/cnidaria`);
  const folder = parentFolder(decodeURIComponent(new URL(process.mainModule).pathname));
  return process.mainModule.endsWith(".ts") ? normalize(`${folder}/../dist`) : folder;
}

/**
 * The folder of the node's state; only root may write to it. Without CNIDARIA_STATE: the one that the program was
 * installed for, which its launcher names; /var/lib/cnidaria in a checkout.
 */
export function stateDir(process: ProcessView = thisProcess): string {
  return process.env("CNIDARIA_STATE") || process.env("CNIDARIA_INSTALLED_STATE") || "/var/lib/cnidaria";
}

/** The folder of components that are compiled ahead of time: made at the first use, or by the installation. */
export function cacheDir(process: ProcessView = thisProcess): string {
  const installed = `${libDir(process)}/cache`;
  try {
    if (Deno.statSync(installed).isDirectory) return installed;
  } catch {
    // Not made by the installation.
  }
  return `${stateDir(process)}/cache`;
}

/** The folder that a file is in. */
export function parentFolder(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

/** Resolves one `/..`. */
function normalize(path: string): string {
  return path.replace(/\/[^/]+\/\.\.(?=\/|$)/, "");
}
