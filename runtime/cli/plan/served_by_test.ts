import { assertEquals, assertRejects } from "@std/assert";
import { CniFailure } from "../../cni/failure.ts";
import { servedBy } from "./served_by.ts";

Deno.test("the executable in CNI_PATH decides, then the components", async () => {
  const root = await Deno.makeTempDir();
  const [bin, lib] = [`${root}/bin`, `${root}/lib`];
  await Deno.mkdir(bin);
  await Deno.mkdir(`${lib}/plugins`, { recursive: true });
  try {
    await Deno.writeTextFile(`${bin}/theirs`, "#!/bin/sh\n", { mode: 0o755 });
    await Deno.writeTextFile(`${bin}/cnidaria`, "#!/bin/sh\n", { mode: 0o755 });
    await Deno.symlink("cnidaria", `${bin}/bridge`);
    assertEquals(await servedBy("theirs", bin, lib), "foreign");
    assertEquals(await servedBy("bridge", bin, lib), "component");
    assertEquals(await servedBy("bridge", `/nowhere:${bin}`, lib), "component");
    const failure = await assertRejects(() => servedBy("ptp", bin, lib), CniFailure);
    assertEquals(failure.code, 201);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
