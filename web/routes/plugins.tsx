// The components that are installed: what each may do, how much it may use up, and how its calls went.

import type { ShownPlugin } from "../api/plugins.ts";
import { type Page, type PageProps, sameQuery } from "../page.ts";

export const pluginsPage: Page<readonly ShownPlugin[]> = {
  name: "plugins",
  path: "/plugins",
  entry: "Plugins",
  title: () => "Plugins",
  api: sameQuery("/plugins"),
  topics: ["events"],
  View,
};

function View({ data }: PageProps<readonly ShownPlugin[]>) {
  return (
    <>
      <p>
        A plugin can do nothing but call the interfaces that it is granted, as far as its grants reach. What did not
        come with cnidaria runs once an administrator has allowed it: <code>cnidaria plugin allow NAME</code>.
      </p>
      {data.length === 0 ? <p class="empty">No plugin is installed.</p> : null}
      <div class="plugins">{data.map((it) => <Plugin key={it.name} plugin={it} />)}</div>
    </>
  );
}

/** Of a state that keeps a plugin from running. */
const BAD = ["changed", "incompatible", "unreadable", "unusable", "not-installed"];

function Plugin({ plugin }: { readonly plugin: ShownPlugin }) {
  const { name, state, why, digest, manifest, calls, failed } = plugin;
  const limits = { ...manifest?.limits, ...plugin.limits };
  return (
    <article class="card">
      <h2>
        {name} {manifest?.version}{" "}
        <span class={`tag ${BAD.includes(state) ? "bad" : state === "not-allowed" ? "warn" : "good"}`}>{state}</span>
      </h2>
      <p>{manifest?.description}</p>
      {why === undefined ? null : <p class="problem">{why}</p>}
      <dl class="facts">
        <dt>Calls</dt>
        <dd>{calls}, of which {failed} failed, since the agent began</dd>
        <dt>Digest</dt>
        <dd class="mono">{digest ?? "–"}</dd>
        <dt>Exports</dt>
        <dd class="mono">{manifest?.exports ?? "–"}</dd>
        <dt>Imports</dt>
        <dd class="mono">{manifest?.imports.join(", ") || "–"}</dd>
        <dt>Grants</dt>
        <dd>
          {grantsOf(manifest?.grants).length === 0
            ? "reading alone"
            : <ul class="plain">{grantsOf(manifest?.grants).map((line) => <li key={line} class="mono">{line}</li>)}
            </ul>}
        </dd>
        <dt>Limits</dt>
        <dd>
          <ul class="plain">
            {Object.entries(limits).map(([key, value]) => <li key={key}>{limitText(key, value)}</li>)}
          </ul>
        </dd>
      </dl>
    </article>
  );
}

/** As `cnidaria plugin inspect` has them: `addresses.host ${ipam}`. */
function grantsOf(grants: object = {}): string[] {
  return Object.entries(grants).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.map((each) => `${key} ${each}`)
      : Object.entries(value ?? {}).flatMap(([inner, list]) =>
        (list as string[]).map((each) => `${key}.${inner} ${each}`)
      )
  );
}

function limitText(key: string, value: number): string {
  switch (key) {
    case "memoryBytes":
      return `memory ${value / 1024 / 1024} MiB`;
    case "timeMs":
      return `time ${value / 1000} s`;
    case "valueBytes":
      return `values ${value / 1024} KiB`;
    case "hostCalls":
      return `${value} host calls`;
    default:
      return `${key} ${value}`;
  }
}
