// libwasmtime beside the program: the faster of the two engines. Nothing fails without it, the v8 engine serves then.

import { writeAtomically } from "../atomic_file.ts";
import { lastLine, run } from "./command.ts";
import { digestOf, digestOfFile } from "./digest.ts";
import type { Outcome } from "./step.ts";
import { WASMTIME_VERSION, type Wheel, WHEELS } from "./wasmtime_release.ts";

/** Puts `wheel`'s contents into a folder. Answers why it could not, or undefined where it did. */
export type FetchWheel = (wheel: Wheel, into: string) => Promise<string | undefined>;

/**
 * Installs libwasmtime.so into a folder, unless the pinned one is there already.
 *
 * @param libDir the folder, which exists
 * @param fetchWheel how to come by the wheel
 */
export async function installWasmtime(
  libDir: string,
  fetchWheel: FetchWheel = fetchWithInstaller,
  wheel: Wheel | undefined = WHEELS[Deno.build.arch],
): Promise<Outcome> {
  const missing = (why: string): Outcome => ({ state: "missing", why: `${why}; the v8 engine serves instead, slower` });
  if (wheel === undefined) return missing(`no libwasmtime ${WASMTIME_VERSION} is known for ${Deno.build.arch}`);
  const path = `${libDir}/libwasmtime.so`;
  if (await digestOfFile(path) === wheel.libraryDigest) {
    return { state: "skipped", why: `libwasmtime ${WASMTIME_VERSION} is there` };
  }
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-wheel-" });
  try {
    const failure = await fetchWheel(wheel, folder);
    if (failure !== undefined) return missing(failure);
    const library = await Deno.readFile(`${folder}/${wheel.library}`);
    const digest = await digestOf(library);
    if (digest !== wheel.libraryDigest) {
      throw new Error(`Cannot install libwasmtime as its SHA-256 is not ${wheel.libraryDigest}: ${digest}`);
    }
    await writeAtomically(path, library, 0o755);
    return { state: "ok", why: `libwasmtime ${WASMTIME_VERSION} from its PyPI wheel` };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** pip or uv: whichever is there first. Both check the wheel's digest, and unpack it. */
export async function fetchWithInstaller(wheel: Wheel, into: string): Promise<string | undefined> {
  const requirements = `${into}/requirements.txt`;
  await Deno.writeTextFile(requirements, `wasmtime==${WASMTIME_VERSION} --hash=sha256:${wheel.digest}\n`);
  const common = ["--quiet", "--target", into, "--no-deps", "--only-binary", ":all:", "--require-hashes"];
  const pip = ["install", ...common, "--no-compile", "--platform", wheel.platform, "--requirement", requirements];
  const uv = ["pip", "install", ...common, "--requirement", requirements];
  const quiet = { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore", PIP_NO_INPUT: "1" };
  const failures: string[] = [];
  for (
    const [program, args] of [["pip", pip], ["uv", uv], ["python3", ["-m", "pip", ...pip]]] satisfies [
      string,
      string[],
    ][]
  ) {
    const result = await run(program, args, quiet);
    if (result?.code === 0) return undefined;
    if (result !== undefined) failures.push(`${program} says: ${lastLine(result.output)}`);
  }
  return failures[0] ?? "there is no pip, uv or python3 to fetch libwasmtime with";
}
