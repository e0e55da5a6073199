import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { prepareCargo, rustTest } from "../../../test/lab/rust.ts";
import { buildPlugin } from "../build.ts";
import { rustTemplate } from "../templates/rust.ts";
import { staleWit, writeWit } from "./cargo.ts";

/** What builds, jco and esbuild, ends when it likes. */
const builds = { sanitizeOps: false, sanitizeResources: false };

async function withPlugin(
  run: (folder: string, write: (path: string, text: string) => Promise<void>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "cnidaria-cargo-" });
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  };
  try {
    for (const [path, text] of Object.entries(rustTemplate("broken"))) await write(path, text);
    await run(folder, write);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeWit() writes what is not current, and nothing else", async () => {
  await withPlugin(async (folder, write) => {
    const plugin = { name: "broken", imports: ["links", "log"] };
    assertEquals(await staleWit(folder, plugin), []);
    assertEquals(await staleWit(folder, { ...plugin, imports: ["log"] }), ["plugin-world.wit"]);
    await write("wit/types.wit", "package other:one;");
    await Deno.remove(`${folder}/wit/links.wit`);
    await Deno.utime(`${folder}/wit/cni.wit`, 1, 1);
    assertEquals((await staleWit(folder, plugin)).sort(), ["links.wit", "types.wit"]);
    await writeWit(folder, plugin);
    assertEquals(await staleWit(folder, plugin), []);
    // cargo compiles again what is newer than its last build.
    assertEquals((await Deno.stat(`${folder}/wit/cni.wit`)).mtime?.getTime(), 1000);
  });
});

Deno.test("without cargo a plugin in Rust is refused, with what to install", builds, async () => {
  await withPlugin(async (folder) => {
    const path = Deno.env.get("PATH")!;
    Deno.env.set("PATH", folder);
    try {
      const error = await assertRejects(() => buildPlugin(folder, `${folder}/out`), Error) as Error;
      assertStringIncludes(
        error.message,
        "Cannot build broken as it is a plugin in Rust and there is no cargo: install",
      );
      assertStringIncludes(error.message, "rustup target add wasm32-unknown-unknown");
    } finally {
      Deno.env.set("PATH", path);
    }
  });
});

Deno.test({
  ...builds,
  ...rustTest("what is wrong with a plugin in Rust is said in cargo's words, or by the import that is too much"),
  fn: async () => {
    prepareCargo();
    await withPlugin(async (folder, write) => {
      const sources = rustTemplate("broken");
      const refusal = async () => {
        const error = await assertRejects(() => buildPlugin(folder, `${folder}/out`), Error) as Error;
        return error.message;
      };
      await write("src/lib.rs", sources["src/lib.rs"]!.replace("report_panics();", "report_panic();"));
      assertStringIncludes(await refusal(), "Cannot build broken as cargo failed:\nerror[E0425]: cannot find function");
      await write("src/lib.rs", sources["src/lib.rs"]! + FOREIGN);
      assertStringIncludes(await refusal(), "Cannot build broken as its module makes no component: ");
      await write("src/lib.rs", sources["src/lib.rs"]!);
      await write("Cargo.toml", sources["Cargo.toml"]!.replace("cdylib", "rlib"));
      assertStringIncludes(await refusal(), 'needs [lib] crate-type = ["cdylib"]');
    });
  },
});

/** A function that no interface of the contract has. */
const FOREIGN = `
#[link(wasm_import_module = "elsewhere")]
unsafe extern "C" {
    fn clock() -> u32;
}
#[unsafe(no_mangle)]
extern "C" fn time() -> u32 {
    unsafe { clock() }
}
`;
