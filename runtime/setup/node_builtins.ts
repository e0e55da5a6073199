// Packages in CommonJS require Node's own modules by their bare names. Deno has them as `node:NAME`, for `import` alone: so
// each is imported by a module of the bundle, which gives it to whoever requires it.

import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

const NAMESPACE = "node-builtin";

export const nodeBuiltins: Plugin = {
  name: NAMESPACE,
  setup(build) {
    const bare = builtinModules.filter((name) => /^[a-z][\w/]*$/.test(name)).join("|");
    build.onResolve({ filter: new RegExp(`^(${bare})$`) }, ({ path, kind }) => {
      if (kind === "require-call") return { path, namespace: NAMESPACE };
    });
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `import it from "node:${path}"; module.exports = it;`,
      loader: "js",
    }));
  },
};
