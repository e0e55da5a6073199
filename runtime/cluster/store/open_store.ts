// The store that the agent's configuration names. Each engine is loaded when it is needed: etcd's client is large.

import * as v from "valibot";
import type { Store } from "./store.ts";

const text = v.pipe(v.string(), v.minLength(1));
const endpoint = v.pipe(
  text,
  v.regex(/^https?:\/\/[^/\s]+$/, "expected http://ADDRESS:PORT or https://ADDRESS:PORT"),
);

/** What the file may say. */
export const storeSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("etcd"),
    endpoints: v.pipe(v.array(endpoint), v.minLength(1)),
    prefix: v.optional(
      v.pipe(text, v.regex(/^\/.*[^/]$/, "expected a path such as /coreos.com/network")),
      "/coreos.com/network",
    ),
    ca: v.optional(text),
    cert: v.optional(text),
    key: v.optional(text),
    user: v.optional(text),
    password: v.optional(v.string()),
  }),
  v.strictObject({
    type: v.literal("kubernetes"),
    kubeconfig: v.optional(text),
    networkConfigFile: text,
  }),
  v.strictObject({ type: v.literal("static"), directory: text }),
]);

/**
 * - `etcd`: `endpoints`; `prefix` of all keys; `ca`, `cert` and `key`, paths of PEM files; `user` and `password`.
 * - `kubernetes`: `kubeconfig`, the path of one; else what a pod is given (its service account). `networkConfigFile`:
 *   the path of net-conf.json.
 * - `static`: `directory` that holds network.json, nodes/ and subnets/.
 */
export type StoreOptions = v.InferOutput<typeof storeSchema>;

/**
 * Opens a store. It is not asked anything yet.
 *
 * @param options `store` in the agent's configuration
 * @throws {Error} a sentence that names the key, or the file that cannot be read
 */
export async function openStore(options: unknown): Promise<Store> {
  const it = checkStoreOptions(options);
  switch (it.type) {
    case "etcd": {
      const { EtcdStore } = await import("./etcd/etcd_store.ts");
      return new EtcdStore(it);
    }
    case "kubernetes": {
      const { KubernetesStore } = await import("./kubernetes/kubernetes_store.ts");
      return KubernetesStore.open(it);
    }
    case "static": {
      const { StaticStore } = await import("./static/static_store.ts");
      return new StaticStore(it.directory.replace(/(?<=.)\/+$/, ""));
    }
  }
}

/** Checks the options. @throws {Error} a sentence that names the key */
export function checkStoreOptions(options: unknown): StoreOptions {
  const checked = v.safeParse(storeSchema, options, { abortEarly: true });
  const fail = (key: string, why: string) =>
    new Error(`Cannot use the cluster's configuration as its key "store${key && `.${key}`}" is invalid: ${why}`);
  if (!checked.success) {
    const [issue] = checked.issues;
    throw fail(v.getDotPath(issue) ?? "", issue.message);
  }
  const it = checked.output;
  if (it.type !== "etcd") return it;
  if ((it.cert === undefined) !== (it.key === undefined)) throw fail("cert", '"cert" and "key" belong together');
  if ((it.user === undefined) !== (it.password === undefined)) {
    throw fail("user", '"user" and "password" belong together');
  }
  const schemes = new Set(it.endpoints.map((endpoint) => endpoint.split(":")[0]));
  if (schemes.size > 1) throw fail("endpoints", "either all are http or all are https");
  if (schemes.has("http") && (it.ca ?? it.cert) !== undefined) {
    throw fail("endpoints", 'with "ca" or "cert" they begin with https://');
  }
  return it;
}
