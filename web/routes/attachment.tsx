// One attachment: what it has, what it owns, and what its calls did.

import type { AttachmentAnswer, ShownResult } from "../api/attachment.ts";
import { Age } from "../components/age.tsx";
import { AttachmentActions } from "../components/attachment_actions.tsx";
import { Call } from "../components/call.tsx";
import type { Page, PageProps } from "../page.ts";

export const attachmentPage: Page<AttachmentAnswer> = {
  name: "attachment",
  path: "/attachments/:network/:container/:ifname",
  title: ({ key, attachment }) =>
    attachment === null || attachment.podName === ""
      ? `Attachment ${key.network}/${key.containerId.slice(0, 12)}/${key.ifname}`
      : `Attachment of ${attachment.podNamespace}/${attachment.podName}`,
  api: ({ network = "", container = "", ifname = "" }) =>
    `/attachments/${[network, container, ifname].map(encodeURIComponent).join("/")}`,
  topics: ["attachments", "events"],
  View,
};

function View({ data, csrf }: PageProps<AttachmentAnswer>) {
  const { attachment, result, calls, key } = data;
  return (
    <>
      {attachment === null
        ? (
          <p class="empty">
            The ledger has no such attachment: its ADD failed, or it was released. Its calls are below.
          </p>
        )
        : <Facts data={data} attachment={attachment} />}
      {csrf === undefined || attachment === null
        ? null
        : <AttachmentActions attachment={key} isDead={attachment.liveness === "dead"} csrf={csrf} />}
      {result === null ? null : <Result result={result} />}
      {attachment === null ? null : <Ledger attachment={attachment} />}
      <h2>Calls</h2>
      {calls.length === 0
        ? <p>The call log has none any more: it keeps the newest calls of the node.</p>
        : calls.toReversed().map((call, at) => (
          <Call key={call.at} call={call} open={at === 0 || call.command === "ADD"} />
        ))}
    </>
  );
}

type Described = NonNullable<AttachmentAnswer["attachment"]>;

function Facts({ attachment, data }: { readonly attachment: Described; readonly data: AttachmentAnswer }) {
  const { network, containerId, ifname, plugins, netns, runtime, liveness, sinceMs } = attachment;
  return (
    <dl class="facts">
      <dt>Network</dt>
      <dd>{network}</dd>
      <dt>Container</dt>
      <dd class="mono">{containerId}</dd>
      <dt>Interface</dt>
      <dd class="mono">{ifname}</dd>
      <dt>Plugins</dt>
      <dd>{plugins.join(", ")}</dd>
      <dt>Namespace</dt>
      <dd class="mono">{netns || "–"}</dd>
      <dt>Asked for by</dt>
      <dd>{runtime || "not known"}</dd>
      <dt>Since</dt>
      <dd>
        {new Date(sinceMs).toISOString().slice(0, 19).replace("T", " ")} UTC, <Age sinceMs={sinceMs} now={data.now} />
        {" "}
        ago
      </dd>
      <dt>State</dt>
      <dd>
        <span class={`tag ${liveness}`}>{liveness}</span>
        {liveness === "dead" ? " Its container is gone: garbage collection removes what is left of it." : ""}
      </dd>
    </dl>
  );
}

function Result({ result: { interfaces = [], ips = [], routes = [], dns } }: { readonly result: ShownResult }) {
  const servers = dns?.nameservers ?? [];
  return (
    <>
      <h2>Interfaces</h2>
      <ul>
        {interfaces.map((it) => (
          <li key={`${it.name} ${it.sandbox}`}>
            <span class="mono">{it.name}</span> {it.mac} {it.sandbox ? "in the pod" : "on the node"}
            {it.mtu === undefined ? "" : `, MTU ${it.mtu}`}
          </li>
        ))}
      </ul>
      <h2>Addresses</h2>
      <ul>
        {ips.map((it) => (
          <li key={it.address}>
            <span class="mono">{it.address}</span>
            {it.gateway === undefined ? "" : `, gateway ${it.gateway}`}
          </li>
        ))}
      </ul>
      <h2>Routes</h2>
      {routes.length === 0 ? <p>None beside those of its addresses.</p> : (
        <ul>
          {routes.map((it) => (
            <li key={`${it.dst} ${it.gw}`} class="mono">{it.dst}{it.gw === undefined ? "" : ` via ${it.gw}`}</li>
          ))}
        </ul>
      )}
      {servers.length === 0 ? null : <p>DNS: {servers.join(", ")} {dns?.search?.join(" ")}</p>}
    </>
  );
}

function Ledger({ attachment: { owns } }: { readonly attachment: Described }) {
  return (
    <>
      <h2>Ledger</h2>
      <p>What its DEL takes away, whatever its plugins do.</p>
      <dl class="facts">
        {[...Map.groupBy(owns, ({ sort }) => sort)].map(([sort, owned]) => [
          <dt key={sort}>{sort}</dt>,
          <dd key={`${sort} owned`}>
            <ul class="plain">
              {owned.map(({ text, shared }) => <li key={text}>{text}{shared ? "; stays for other pods" : ""}</li>)}
            </ul>
          </dd>,
        ])}
      </dl>
    </>
  );
}
