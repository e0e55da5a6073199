// What a call may answer (CNI spec 1.1.0, section 5): success, or an error with a code and a sentence. Never a stack
// trace.

/** How a call ended, and what it wrote. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A frame of V8's stack traces, or the address of a module. */
const TRACE = /^\s+at .+[:)]\d*|file:\/\/|\bUncaught\b|\bpanicked\b/m;

/** What is wrong with an answer; nothing if it is one that a runtime can use. */
export function answerFault({ code, stdout, stderr }: Answer): string | undefined {
  if (TRACE.test(stdout)) return `a stack trace on standard output: ${stdout}`;
  if (TRACE.test(stderr)) return `a stack trace on standard error: ${stderr}`;
  if (code !== 0 && code !== 1) return `exit status ${code}: ${stdout}${stderr}`;
  let json: unknown;
  try {
    json = stdout.trim() === "" ? {} : JSON.parse(stdout);
  } catch {
    return `no JSON on standard output: ${stdout}`;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return `no JSON object: ${stdout}`;
  const { code: errorCode, msg } = json as Record<string, unknown>;
  if (code === 0) return errorCode === undefined ? undefined : `an error with exit status 0: ${stdout}`;
  if (!Number.isInteger(errorCode) || (errorCode as number) <= 0) return `an error without a code: ${stdout}`;
  return typeof msg === "string" && msg.trim() !== "" ? undefined : `an error without a sentence: ${stdout}`;
}
