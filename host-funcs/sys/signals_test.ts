import { assertEquals } from "@std/assert";

const SCRIPT = `
import { Signals } from "${new URL("./signals.ts", import.meta.url)}";
const signals = new Signals(["SIGHUP", "SIGINT", "SIGTERM"]);
const said = [signals.received() ?? "none"];
Deno.kill(Deno.pid, "SIGINT");
said.push(signals.received() ?? "none");
signals.close();
const again = new Signals(["SIGTERM"]);
said.push(again.received() ?? "none");
Deno.kill(Deno.pid, "SIGTERM");
said.push(again.received() ?? "none");
Deno.stdout.writeSync(new TextEncoder().encode(said.join(" ")));
Deno.kill(Deno.pid, "SIGTERM");
await new Promise((resolve) => setTimeout(resolve, 5000));
`;

Deno.test("Signals sees a signal at once, and lets a second one end the process", async () => {
  const { stdout, stderr, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `data:text/typescript,${encodeURIComponent(SCRIPT)}`],
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertEquals([said, signal], ["none SIGINT none SIGTERM", "SIGTERM"], new TextDecoder().decode(stderr));
});
