import { assert } from "@std/assert";
import { parseNetworkList } from "../../runtime/cli/libcni/network_list.ts";
import { pluginName } from "../../runtime/plugin/registry.ts";

const folder = new URL(".", import.meta.url).pathname;
const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) => /\.conf(list)?$/.test(name));

Deno.test.each(files)("%s is a configuration of plugins that there are", async (name) => {
  const list = parseNetworkList(await Deno.readTextFile(folder + name), name);
  const plugins = list.plugins.flatMap((each) =>
    each.type === "cnidaria" ? each.plugins as typeof list.plugins : [each]
  );
  for (const { type } of plugins) {
    const known = await Promise.all(
      ["../../plugins/", "../"].map((place) =>
        Deno.stat(`${folder}${place}${pluginName(type)}/plugin.json`).then(() => true, () => false)
      ),
    );
    assert(known.includes(true), `${name} names ${type}`);
  }
});
