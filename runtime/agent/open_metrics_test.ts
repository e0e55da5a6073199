import { assertEquals } from "@std/assert";
import { openMetrics } from "./open_metrics.ts";

Deno.test("a counter's family has no suffix and its samples do, all else is as it was, and the end is marked", () => {
  const text = `# HELP calls_total CNI "calls"
# TYPE calls_total counter
calls_total{command="ADD",path="calls_total 1"} 2

# HELP packets of policies
# TYPE packets counter
packets 7

# HELP pool_total addresses
# TYPE pool_total gauge
pool_total 9

# HELP seconds how long
# TYPE seconds histogram
seconds_bucket{le="+Inf"} 1
seconds_count 1
`;
  assertEquals(
    openMetrics(text),
    `# HELP calls CNI \\"calls\\"
# TYPE calls counter
calls_total{command="ADD",path="calls_total 1"} 2
# HELP packets of policies
# TYPE packets counter
packets_total 7
# HELP pool_total addresses
# TYPE pool_total gauge
pool_total 9
# HELP seconds how long
# TYPE seconds histogram
seconds_bucket{le="+Inf"} 1
seconds_count 1
# EOF
`,
  );
  assertEquals(openMetrics(""), "# EOF\n");
});
