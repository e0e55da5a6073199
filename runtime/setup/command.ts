// Programs that the set-up starts: installers of packages. Their output is kept for the error message.

/** Runs a program with nothing on its stdin. `undefined` where there is no such program. */
export async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string } | undefined> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    return { code, output: `${text.decode(stdout)}${text.decode(stderr)}`.trim() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The last line that a program said, which with installers is the reason. */
export function lastLine(output: string): string {
  return output.split("\n").map((line) => line.trim()).findLast((line) => line !== "") ?? "it said nothing";
}
