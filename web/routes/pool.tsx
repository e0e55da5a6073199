// One pool: its subnet as a map, and as rows in which what is free stands among what is held.

import type { PoolAnswer, ShownRow } from "../api/pool.ts";
import { Age } from "../components/age.tsx";
import { AttachmentLink } from "../components/attachment_link.tsx";
import { BlockMap } from "../components/block_map.tsx";
import { CellMap } from "../components/cell_map.tsx";
import { PoolFacts } from "../components/pool_facts.tsx";
import { Pager, withParameter } from "../components/table.tsx";
import type { Page, PageProps } from "../page.ts";

export const poolPage: Page<PoolAnswer> = {
  name: "pool",
  path: "/pools/:id",
  title: ({ pool }) => `Pool ${pool.network} ${pool.subnets}`,
  api: ({ id = "" }, query) => `/pools/${encodeURIComponent(id)}${query.size === 0 ? "" : `?${query}`}`,
  topics: ["attachments"],
  View,
};

function View({ data, url }: PageProps<PoolAnswer>) {
  const { pool, crumbs, otherSubnets, cells, blocks, node, now } = data;
  const shown = crumbs.at(-1)!;
  return (
    <>
      <PoolFacts pool={pool} now={now} />
      <h2 id="map-title">Map of {shown}</h2>
      {crumbs.length + otherSubnets.length > 1
        ? (
          <nav class="crumbs" aria-label="Parts of the pool">
            {[...crumbs.slice(0, -1), ...otherSubnets].map((prefix) => (
              <a key={prefix} href={withParameter(url, "prefix", prefix)} data-nav>{prefix}</a>
            ))}
          </nav>
        )
        : null}
      {cells !== undefined
        ? <CellMap cells={cells} node={node} now={now} labelledBy="map-title" />
        : <BlockMap blocks={blocks ?? []} url={url} />}
      <h2>Addresses of {shown}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Addresses of ${shown}`}>
        <table>
          <caption class="unseen">Addresses of {shown}, and what is free between them</caption>
          <thead>
            <tr>
              <th scope="col">Address</th>
              <th scope="col">State</th>
              <th scope="col">Pod</th>
              <th scope="col">Interface</th>
              <th scope="col">On the node</th>
              <th scope="col">Age</th>
            </tr>
          </thead>
          <tbody>{data.rows.map((row) => <Line key={keyOf(row)} row={row} now={now} />)}</tbody>
        </table>
      </div>
      <Pager url={url} page={data.page} pages={data.pages} />
    </>
  );
}

function keyOf(row: ShownRow): string {
  return row.kind === "free" ? `free ${row.first}` : row.address;
}

const TAGS = { used: "good", stale: "bad", leaked: "bad" } as const;

function Line({ row, now }: { readonly row: ShownRow; readonly now: number }) {
  if (row.kind === "free") {
    return (
      <tr class="free">
        <td class="mono">{row.first === row.last ? row.first : `${row.first} – ${row.last}`}</td>
        <td colSpan={5}>{row.count} free</td>
      </tr>
    );
  }
  if (row.kind === "reserved") {
    return (
      <tr class="reserved">
        <td class="mono">{row.address}</td>
        <td colSpan={5}>reserved: {row.why}</td>
      </tr>
    );
  }
  const { holder } = row;
  return (
    <tr>
      <td class="mono">{row.address}</td>
      <td>
        <span class={`tag ${TAGS[holder.state]}`}>{holder.state}</span>
      </td>
      <td>
        <AttachmentLink attachment={holder} />
      </td>
      <td class="mono">{holder.ifname}</td>
      <td class="mono">{holder.hostInterface}</td>
      <td>
        <Age sinceMs={holder.sinceMs} now={now} />
      </td>
    </tr>
  );
}
