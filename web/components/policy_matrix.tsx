// Who may reach whom, as a matrix: each cell a sign and a number, by which the rule that decides is told below.

import type { Matrix, MatrixCell } from "../api/policy.ts";

interface MatrixProps {
  readonly matrix: Matrix;
  readonly rules: readonly string[];
}

export function PolicyMatrix({ matrix, rules }: MatrixProps) {
  const { pods, matched, cells, protocol, port, elsewhere } = matrix;
  const caption = `Rows may reach columns at ${protocol.toUpperCase()} ${port}`;
  if (pods.length === 0) return <p class="empty">No pod with an address matches.</p>;
  return (
    <>
      <p role="status">
        {caption}.{" "}
        {matched > pods.length ? `The first ${pods.length} of ${matched} pods are shown: name some above.` : ""}
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
        <table class="matrix">
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <td></td>
              {pods.map((name) => (
                <th key={name} scope="col">
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {pods.map((from, row) => (
              <tr key={from}>
                <th scope="row">{from}</th>
                {pods.map((to, column) => (
                  <Cell key={to} cell={cells[row]![column]!} from={from} to={to} rules={rules} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="legend">
        <li>✓ may, ✗ may not, 4 or 6 by that family alone, – to itself or without a family in common</li>
        {elsewhere.length === 0 ? null : <li>On other nodes, which judge their side: {elsewhere.join(", ")}</li>}
      </ul>
      <h3>Rules that decide</h3>
      <ol class="rules">{rules.map((rule) => <li key={rule}>{rule}</li>)}</ol>
    </>
  );
}

interface CellProps {
  readonly cell: MatrixCell | null;
  readonly from: string;
  readonly to: string;
  readonly rules: readonly string[];
}

const SIGNS = { yes: "✓", no: "✗", 4: "4", 6: "6" } as const;
const WORDS = {
  yes: "may reach",
  no: "may not reach",
  4: "may reach by IPv4 alone",
  6: "may reach by IPv6 alone",
} as const;

function Cell({ cell, from, to, rules }: CellProps) {
  if (cell === null || from === to) return <td class="none">–</td>;
  const { allowed, rule } = cell;
  const text = `${from} ${WORDS[allowed]} ${to}: ${rules[rule]}`;
  return (
    <td class={allowed === "yes" ? "yes" : "no"} title={text}>
      <span aria-hidden="true">
        {SIGNS[allowed]}
        <sub>{rule + 1}</sub>
      </span>
      <span class="unseen">{text}</span>
    </td>
  );
}
