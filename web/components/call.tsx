// What one CNI call did: its host calls in their order, each with a bar for when it ran and how long.

import type { CallTrace } from "../../runtime/plugin/trace.ts";

const WIDTH = 200;

export function Call({ call, open }: { readonly call: CallTrace; readonly open: boolean }) {
  const { command, at, totalMs, engine, plugins, steps, hostCalls, undone, error } = call;
  const title = `${command} at ${at.slice(0, 19).replace("T", " ")} UTC, ${milliseconds(totalMs)}`;
  // Calls of an agent count from its start, those of a process from its own.
  const began = Math.min(...hostCalls.map((it) => it.at ?? 0));
  const span = Math.max(totalMs, ...hostCalls.map((it) => (it.at ?? 0) - began + it.ms), 0.001);
  const scale = (ms: number) => ms / span * WIDTH;
  return (
    <details class="call" open={open}>
      <summary>
        {title} {error === undefined ? null : <span class="tag bad">failed with code {error.code}</span>}
      </summary>
      {error === undefined ? null : <p class="problem">{error.message}</p>}
      <p>{[plugins.join(", "), engine].filter((it) => it !== "").join(", by ")}</p>
      {hostCalls.length === 0
        ? <p>No host call.</p>
        : (
          <div class="scroll" tabIndex={0} role="region" aria-label={`Host calls of ${title}`}>
            <table class="waterfall">
              <caption class="unseen">Host calls of {title}</caption>
              <thead>
                <tr>
                  <th scope="col">Host call</th>
                  <th scope="col">When</th>
                  <th scope="col">Took</th>
                  <th scope="col">With, and its answer</th>
                </tr>
              </thead>
              <tbody>
                {hostCalls.map((it, number) => (
                  <tr key={number} class={`depth-${Math.min(it.depth, 3)}`}>
                    <td class="name">
                      {it.plugin}: <span class="mono">{it.function}</span>
                    </td>
                    <td>
                      <svg class="span" viewBox={`0 0 ${WIDTH} 10`} width={WIDTH} height="10" aria-hidden="true">
                        <rect
                          x={scale((it.at ?? began) - began)}
                          width={Math.max(1, scale(it.ms))}
                          height="10"
                          class={it.error === undefined ? "" : "bad"}
                        />
                      </svg>
                    </td>
                    <td>{milliseconds(it.ms)}</td>
                    <td class="mono args">
                      ({it.args}){it.error !== undefined
                        ? ` failed: ${it.error}`
                        : it.result === undefined
                        ? ""
                        : ` = ${it.result}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      {undone.length === 0 ? null : (
        <>
          <h3>Taken back</h3>
          <ol>
            {undone.map((it, number) => (
              <li key={number} class="mono">
                {it.change}
                {it.error === undefined ? "" : ` – not taken back: ${it.error}`}
              </li>
            ))}
          </ol>
        </>
      )}
      <p class="steps">Steps: {steps.map(({ name, ms }) => `${name} ${milliseconds(ms)}`).join(", ")}</p>
    </details>
  );
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}
