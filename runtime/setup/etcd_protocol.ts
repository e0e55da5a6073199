// etcd3 reads etcd's protocol from files beside it, which a bundle has not: they become a value in the bundle.

import type { Plugin } from "esbuild";
import protobuf from "protobufjs";
import { dirname } from "node:path";

/** The call in etcd3 1.1; its second argument, the options, stays. */
const CALL = /\(0, proto_loader_1\.loadSync\)\(`\$\{__dirname\}(\/[\w./]+)`,/;

export const etcdProtocol: Plugin = {
  name: "etcd-protocol",
  setup(build) {
    build.onLoad({ filter: /\/etcd3\/lib\/connection-pool\.js$/ }, async ({ path }) => {
      const text = await Deno.readTextFile(path);
      const [call, file] = CALL.exec(text) ?? [];
      if (call === undefined) return { errors: [{ text: `etcd3 does not read its protocol as it used to: ${path}` }] };
      // As the options of the call have it: names as they are in the files.
      const root = new protobuf.Root().loadSync(dirname(path) + file, { keepCase: true });
      const value = JSON.stringify(root.toJSON({ keepComments: false }));
      return { contents: text.replace(call, () => `(0, proto_loader_1.fromJSON)(${value},`), loader: "js" };
    });
  },
};
