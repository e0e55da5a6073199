// A button that has the agent do something, and tells how it went.

import { useState } from "preact/hooks";

export interface ActionButtonProps {
  readonly path: string;
  readonly csrf: string;
  readonly text: string;
  /** What is told where there is nothing more to tell. */
  readonly well: string;
  /** What the second button says, where it is asked once more. */
  readonly confirm?: string;
}

type State = { readonly is: "idle" | "asks" | "runs" } | {
  readonly is: "done" | "failed";
  readonly lines: readonly string[];
};

export function ActionButton({ path, csrf, text, well, confirm }: ActionButtonProps) {
  const [state, setState] = useState<State>({ is: "idle" });
  const run = async () => {
    setState({ is: "runs" });
    setState(await act(path, csrf, well));
    // What is shown may be other than before.
    dispatchEvent(new Event("cnidaria:read"));
  };
  return (
    <div class="action">
      {state.is === "asks"
        ? (
          <>
            <button type="button" class="sure" onClick={run}>{confirm}</button>
            <button type="button" onClick={() => setState({ is: "idle" })}>Cancel</button>
          </>
        )
        : (
          <button
            type="button"
            disabled={state.is === "runs"}
            onClick={confirm === undefined ? run : () => setState({ is: "asks" })}
          >
            {text}
          </button>
        )}
      <div role="status">
        {state.is === "runs" ? "…" : null}
        {"lines" in state ? state.lines.map((line) => <p key={line} class={state.is}>{line}</p>) : null}
      </div>
    </div>
  );
}

async function act(path: string, csrf: string, well: string): Promise<State> {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "x-csrf-token": csrf } });
    const { error, lines } = await answer.json() as { error?: string; lines?: string[] };
    if (error !== undefined) return { is: "failed", lines: [error] };
    return { is: "done", lines: lines === undefined || lines.length === 0 ? [well] : lines };
  } catch (error) {
    return { is: "failed", lines: [`The agent does not answer: ${(error as Error).message}`] };
  }
}
