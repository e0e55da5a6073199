// Questions to the agent of this node.

import { CommandFailure } from "./output.ts";

/**
 * Asks it over HTTP.
 *
 * @param http `HOST:PORT`, or the path of a socket
 * @param path what is asked for
 * @param without what to tell where the agent does no such thing: a sentence without its subject
 * @throws {CommandFailure}
 */
export async function askAgent<T>(http: string, path: string, without: string): Promise<T> {
  const isPath = http.startsWith("/");
  const hint = 'see whether "cnidaria agent" runs, and where its --http is';
  using client = isPath ? Deno.createHttpClient({ proxy: { transport: "unix", path: http } }) : undefined;
  let response: Response;
  try {
    response = await fetch(`http://${isPath ? "agent" : http}${path}`, client === undefined ? {} : { client });
  } catch (error) {
    throw new NoAgent(`Cannot ask the agent at ${http} as ${whyNot(error as Error)}; ${hint}`);
  }
  const text = await response.text();
  if (response.status === 404) throw new NoAgent(`The agent at ${http} ${without}`);
  if (response.status === 503) throw new CommandFailure(`Cannot ask the agent at ${http} as ${text.trim()}`);
  if (!response.ok) throw new CommandFailure(`Cannot ask the agent at ${http} as it answers ${response.status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandFailure(`Cannot ask the agent at ${http} as its answer is no JSON`);
  }
}

/** There is none, or it does no such thing. */
export class NoAgent extends CommandFailure {}

/** What fetch itself says is no more than that it failed. */
function whyNot({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message.replace(/^error sending request for url \([^)]*\): /, "") : message;
}
