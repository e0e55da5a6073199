// How the Kubernetes API is reached: from a kubeconfig, or from what a pod is given.

import * as v from "valibot";
import { parse } from "yaml";
import { StoreError } from "../cluster/store/store.ts";

/** Where the API is, and what to show it. */
export interface ApiAccess {
  /** `https://10.96.0.1:443`, without a slash at the end. */
  readonly server: string;
  /** The bearer token, read anew each time: those of pods end after an hour, and the kubelet writes the next one. */
  token(): string | undefined;
  /** A client with the certificates as the files have them now. */
  client(): Deno.HttpClient;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const text = v.pipe(v.string(), v.minLength(1));
const cluster = v.object({
  server: v.pipe(text, v.regex(/^https?:\/\//, "expected an address such as https://10.0.0.1:6443")),
  "certificate-authority": v.optional(text),
  "certificate-authority-data": v.optional(text),
  "insecure-skip-tls-verify": v.optional(v.literal(false, "give the certificate authority in its place")),
});
const user = v.object({
  token: v.optional(text),
  tokenFile: v.optional(text),
  "client-certificate": v.optional(text),
  "client-certificate-data": v.optional(text),
  "client-key": v.optional(text),
  "client-key-data": v.optional(text),
  exec: v.optional(v.never("the agent starts no programs; use a token or a certificate")),
});
const kubeconfig = v.object({
  "current-context": text,
  contexts: v.array(v.object({ name: text, context: v.object({ cluster: text, user: text }) })),
  clusters: v.array(v.object({ name: text, cluster: v.unknown() })),
  users: v.array(v.object({ name: text, user: v.unknown() })),
});

/** What a pod is given. @throws {StoreError} where this is none */
export function inCluster(
  env: (name: string) => string | undefined = Deno.env.get,
  directory = SERVICE_ACCOUNT,
): ApiAccess {
  const [host, port] = [env("KUBERNETES_SERVICE_HOST"), env("KUBERNETES_SERVICE_PORT")];
  if (!host || !port) {
    throw new StoreError(
      "invalid",
      'Cannot find the Kubernetes API as this is no pod: KUBERNETES_SERVICE_HOST is not set; name a kubeconfig in "store.kubeconfig"',
    );
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    token: () => read(`${directory}/token`).trim(),
    client: () => Deno.createHttpClient({ caCerts: [read(`${directory}/ca.crt`)] }),
  };
}

/**
 * What a kubeconfig says of its current context.
 *
 * @throws {StoreError} a sentence that names the file and the key
 */
export function fromKubeconfig(path: string): ApiAccess {
  const fail = (why: string) => new StoreError("invalid", `Cannot use the kubeconfig ${path} as ${why}`);
  let json: unknown;
  try {
    json = parse(read(path));
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw fail(`it is no YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  const check = <S extends v.GenericSchema>(schema: S, value: unknown, where: string): v.InferOutput<S> => {
    const checked = v.safeParse(schema, value, { abortEarly: true });
    if (checked.success) return checked.output;
    const [issue] = checked.issues;
    throw fail(`its key "${[where, v.getDotPath(issue)].filter(Boolean).join(".")}" is invalid: ${issue.message}`);
  };
  const config = check(kubeconfig, json, "");
  const find = <T extends { name: string }>(list: readonly T[], kind: string, name: string): T => {
    const found = list.find((entry) => entry.name === name);
    if (found === undefined) throw fail(`it has no ${kind} "${name}"`);
    return found;
  };
  const { cluster: clusterName, user: userName } = find(config.contexts, "context", config["current-context"]).context;
  const it = check(cluster, find(config.clusters, "cluster", clusterName).cluster, `clusters[${clusterName}].cluster`);
  const who = check(user, find(config.users, "user", userName).user ?? {}, `users[${userName}].user`);
  const relativeTo = path.replace(/[^/]*$/, "");
  const pem = (file: string | undefined, data: string | undefined) => {
    if (data !== undefined) return new TextDecoder().decode(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
    return file === undefined ? undefined : read(file.startsWith("/") ? file : relativeTo + file);
  };
  return {
    server: it.server.replace(/\/+$/, ""),
    token: () => who.token ?? (who.tokenFile === undefined ? undefined : read(who.tokenFile).trim()),
    client: () => {
      const ca = pem(it["certificate-authority"], it["certificate-authority-data"]);
      const cert = pem(who["client-certificate"], who["client-certificate-data"]);
      const key = pem(who["client-key"], who["client-key-data"]);
      return Deno.createHttpClient({
        ...ca !== undefined && { caCerts: [ca] },
        ...cert !== undefined && key !== undefined && { cert, key },
      });
    },
  };
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new StoreError(
      "invalid",
      `Cannot read ${path}, which the Kubernetes API needs, as ${(error as Error).message}`,
    );
  }
}
