// What policies have dropped, packet by packet, and what their rules have counted.

import type { PolicyAnswer } from "../api/policy.ts";
import { Age } from "./age.tsx";

export function PolicyDrops({ drops, dropsSeen, now }: PolicyAnswer) {
  return (
    <section aria-labelledby="drops">
      <h2 id="drops">Dropped packets</h2>
      {drops.length === 0
        ? (
          <div class="empty">
            <p>
              No drop was logged since the agent's start. They are logged where the file of <code>--policy</code> has a
              {" "}
              <code>log</code>.
            </p>
          </div>
        )
        : (
          <>
            <p class="count">
              The newest {drops.length}
              {dropsSeen === undefined ? "" : ` of ${dropsSeen} that the log has told`}. The kernel logs some of each
              rule a second; the counters below miss none.
            </p>
            <div class="scroll" tabIndex={0} role="region" aria-label="Table of dropped packets">
              <table>
                <caption class="unseen">Dropped packets, the newest first</caption>
                <thead>
                  <tr>
                    {["When", "From", "To", "Protocol", "Dropped by"].map((it) => <th key={it} scope="col">{it}</th>)}
                  </tr>
                </thead>
                <tbody>
                  {drops.map((it) => (
                    <tr key={it.number}>
                      <td>
                        <Age sinceMs={it.at} now={now} />
                      </td>
                      <td>{who(it.sourcePod, it.source)}</td>
                      <td>{who(it.destinationPod, it.destination)}</td>
                      <td>{it.protocol} {it.destinationPort ?? (it.type === undefined ? "" : `type ${it.type}`)}</td>
                      <td>{it.rule}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
    </section>
  );
}

function who(pod: string | undefined, address: string) {
  return (
    <>
      {pod} <span class="mono">{address}</span>
    </>
  );
}

const VERDICTS = { accept: "allowed", deny: "denied", isolated: "denied, as no rule allows it" } as const;

export function PolicyCounts({ counts }: Pick<PolicyAnswer, "counts">) {
  if (counts.length === 0) return null;
  return (
    <section aria-labelledby="counts">
      <h2 id="counts">Counters</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Counters of policies">
        <table>
          <caption class="unseen">
            Packets that policies have judged; of what is allowed, the first of each connection
          </caption>
          <thead>
            <tr>
              {["Policy", "Direction", "Verdict", "Packets", "Bytes"].map((it) => <th key={it} scope="col">{it}</th>)}
            </tr>
          </thead>
          <tbody>
            {counts.map(({ policy, direction, verdict, packets, bytes }) => (
              <tr key={`${policy} ${direction} ${verdict}`}>
                <td>{policy}</td>
                <td>{direction}</td>
                <td>{VERDICTS[verdict]}</td>
                <td>{packets}</td>
                <td>{bytes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
