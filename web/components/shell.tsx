// What is around every page: where one is, where one can go, and whether what is shown is live.

import type { ComponentChildren } from "preact";

export interface ShellProps {
  readonly node: string;
  readonly entries: readonly { readonly path: string; readonly entry: string }[];
  /** Of the page that is shown. */
  readonly path: string;
  readonly title: string;
  /** undefined without JavaScript: then nothing is live. */
  readonly live?: LiveProps | undefined;
  readonly children: ComponentChildren;
}

export interface LiveProps {
  readonly state: "live" | "paused" | "lost";
  readonly toggle: () => void;
}

export function Shell({ node, entries, path, title, live, children }: ShellProps) {
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <header class="top">
        <a class="brand" href="/">cnidaria</a>
        <span class="node" title="this node">{node}</span>
        <nav aria-label="Pages">
          <ul>
            {entries.map((it) => (
              <li key={it.path}>
                <a href={it.path} aria-current={it.path === path ? "page" : undefined}>{it.entry}</a>
              </li>
            ))}
          </ul>
        </nav>
        {live === undefined ? null : <Live {...live} />}
      </header>
      <main id="main" tabIndex={-1}>
        <h1>{title}</h1>
        {children}
      </main>
    </>
  );
}

const WORDS = { live: "Live", paused: "Paused", lost: "No connection: shown as it was" } as const;

function Live({ state, toggle }: LiveProps) {
  return (
    <div class={`live ${state}`}>
      <span role="status">{WORDS[state]}</span>
      <button type="button" onClick={toggle}>{state === "paused" ? "Resume" : "Pause"}</button>
    </div>
  );
}
