// The other nodes of the overlay, as a table.

import type { ClusterStatus } from "../../runtime/cluster/status.ts";

export function Peers({ cluster: { backend, families, peers, waitsFor, store } }: { readonly cluster: ClusterStatus }) {
  return (
    <>
      {waitsFor === undefined ? null : <p class="problem">This node does not take part yet: {waitsFor}</p>}
      {store.unreachable === undefined ? null : <p class="problem">The store cannot be reached: {store.unreachable}</p>}
      <p>
        By {backend ?? "no backend yet"}:{" "}
        {families.map((it) => `${it.subnet} by ${it.device ?? it.underlay}, ${it.publicIp}`).join("; ")}
      </p>
      {peers.length === 0
        ? <p>There are none.</p>
        : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Other nodes">
            <table>
              <caption class="unseen">Other nodes</caption>
              <thead>
                <tr>
                  <th scope="col">Node</th>
                  <th scope="col">Subnet</th>
                  <th scope="col">Address</th>
                  <th scope="col">State</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {peers.map((it) => (
                  <tr key={`${it.name} ${it.family}`}>
                    <th scope="row">{it.name}</th>
                    <td class="mono">{it.subnet}</td>
                    <td class="mono">{it.publicIp}</td>
                    <td>
                      <span class={`tag ${it.state === "connected" ? "good" : "bad"}`}>{it.state}</span>
                    </td>
                    <td>{it.why}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
    </>
  );
}
