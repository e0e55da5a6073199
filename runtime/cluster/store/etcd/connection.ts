// The client of an etcd cluster. Each call has a deadline and goes to another endpoint where one does not answer; what
// fails becomes a StoreError.

import { handleWhen, noop, retry } from "cockatiel";
import {
  Etcd3,
  EtcdAuthenticationFailedError,
  EtcdPermissionDeniedError,
  GRPCUnauthenticatedError,
  isRecoverableError,
} from "etcd3";
import { Buffer } from "node:buffer";
import { StoreError } from "../store.ts";
import { allowTlsByAddress } from "./tls_by_address.ts";

export interface EtcdOptions {
  /** `http://10.0.0.1:2379`, `https://…` */
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** Paths of PEM files. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Milliseconds for one call to one endpoint; 5,000 where not given. */
  readonly callMs?: number;
}

const CHANNEL = {
  // Pings on a connection that is in use: 5 s is the least that etcd allows. A dead one is noticed within 15 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  // gRPC waits up to two minutes by itself, and a new client would wait with the old one.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
  "grpc.use_local_subchannel_pool": 1,
} as const;
const CALL_MS = 5_000;

export class EtcdConnection {
  #client: Etcd3 | undefined;
  readonly where: string;
  readonly callMs: number;

  constructor(private readonly options: EtcdOptions) {
    this.where = options.endpoints.join(",");
    this.callMs = options.callMs ?? CALL_MS;
  }

  /**
   * Calls etcd.
   *
   * @param what it does, for the sentence: `read the leases`
   * @throws {StoreError} `unreachable` or `refused`
   */
  async call<T>(what: string, run: (client: Etcd3) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal!.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await Promise.race([run(this.#open()), aborted.promise]);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.storeError(what, error as Error);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The sentence for what failed. */
  storeError(what: string, error: Error): StoreError {
    if (error instanceof StoreError) return error;
    const refused = [EtcdPermissionDeniedError, EtcdAuthenticationFailedError, GRPCUnauthenticatedError]
      .some((kind) => error instanceof kind) || /user name is empty|permission denied/.test(error.message);
    const why = reasonOf(error, this.callMs);
    const advice = refused ? '; check "user", "password", "cert" and the role\'s permissions' : "";
    return new StoreError(
      refused ? "refused" : "unreachable",
      `Cannot ${what} in etcd at ${this.where} as ${why}${advice}`,
      { cause: error },
    );
  }

  /** Gives up the client. The next call makes a new one: certificates are read anew, and so is a token. */
  reset(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #open(): Etcd3 {
    allowTlsByAddress();
    this.#client ??= new Etcd3(this.#clientOptions());
    return this.#client;
  }

  #clientOptions(): ConstructorParameters<typeof Etcd3>[0] & object {
    const { endpoints, ca, cert, key, user, password } = this.options;
    const pem = (path: string | undefined) => path === undefined ? undefined : readPem(path);
    const deadline = () => ({ deadline: Date.now() + this.callMs });
    const [rootCertificate, privateKey, certChain] = [pem(ca), pem(key), pem(cert)];
    return {
      hosts: [...endpoints],
      grpcOptions: CHANNEL,
      defaultCallOptions: ({ isStream }) => isStream ? {} : deadline(),
      // A circuit breaker would refuse calls for seconds after etcd is there again.
      faultHandling: {
        host: () => noop,
        global: retry(handleWhen(isRecoverableError), { maxAttempts: endpoints.length - 1 }),
      },
      ...(rootCertificate ?? certChain) !== undefined && {
        credentials: {
          // Without one, those that the system trusts.
          rootCertificate: rootCertificate as Buffer,
          ...privateKey && { privateKey },
          ...certChain && { certChain },
        },
      },
      ...user !== undefined && { auth: { username: user, password: password ?? "", callOptions: deadline } },
    };
  }
}

/** gRPC says `14 UNAVAILABLE: `, adds a note that is empty, and tells of each call that was late something else. */
function reasonOf({ message }: Error, callMs: number): string {
  const why = message.replace(/^\d+ [A-Z_]+: /, "");
  if (/^deadline exceeded/i.test(why)) return `there is no answer within ${callMs} ms`;
  return why.replace(/\s*Resolution note:\s*$/, "").replaceAll("\n", " ");
}

function readPem(path: string): Buffer {
  try {
    return Buffer.from(Deno.readFileSync(path));
  } catch (error) {
    throw new StoreError("invalid", `Cannot read ${path}, which etcd's client needs, as ${(error as Error).message}`);
  }
}
