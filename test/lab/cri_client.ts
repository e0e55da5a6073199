// The calls of a kubelet: the Container Runtime Interface, v1, as far as pods' networks need it.
// https://github.com/kubernetes/cri-api/blob/master/pkg/apis/runtime/v1/api.proto

import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import protobuf from "protobufjs";

// Fields that are not asked for are left out: protobuf skips what it does not know.
const types = protobuf.parse(`
syntax = "proto3";
package runtime.v1;
message PodSandboxMetadata { string name = 1; string uid = 2; string namespace = 3; uint32 attempt = 4; }
message LinuxPodSandboxConfig { string cgroup_parent = 1; }
message PodSandboxConfig {
  PodSandboxMetadata metadata = 1; string hostname = 2; string log_directory = 3; LinuxPodSandboxConfig linux = 8;
}
message RunPodSandboxRequest { PodSandboxConfig config = 1; }
message RunPodSandboxResponse { string pod_sandbox_id = 1; }
message StopPodSandboxRequest { string pod_sandbox_id = 1; }
message StopPodSandboxResponse {}
message RemovePodSandboxRequest { string pod_sandbox_id = 1; }
message RemovePodSandboxResponse {}
message PodSandboxStatusRequest { string pod_sandbox_id = 1; bool verbose = 2; }
message PodSandboxNetworkStatus { string ip = 1; }
message PodSandboxStatus { string id = 1; int32 state = 3; PodSandboxNetworkStatus network = 5; }
message PodSandboxStatusResponse { PodSandboxStatus status = 1; map<string, string> info = 2; }
message ListPodSandboxRequest {}
message PodSandbox { string id = 1; int32 state = 3; }
message ListPodSandboxResponse { repeated PodSandbox items = 1; }
message StatusRequest {}
message RuntimeCondition { string type = 1; bool status = 2; string reason = 3; string message = 4; }
message RuntimeStatus { repeated RuntimeCondition conditions = 1; }
message StatusResponse { RuntimeStatus status = 1; }
message ImageSpec { string image = 1; }
message ImageStatusRequest { ImageSpec image = 1; }
message Image { string id = 1; }
message ImageStatusResponse { Image image = 1; }
`).root;

/** Milliseconds for one call. */
const LIMIT = 60_000;

/** A pod as PodSandboxStatus has it. */
export interface PodStatus {
  /** SANDBOX_READY. */
  readonly ready: boolean;
  /** Empty where it has none. */
  readonly ip: string;
  /** Path of its network namespace, in the runtime's mount namespace. */
  readonly netns: string;
}

/** A connection to a runtime's socket, until the end of its `using` scope. Calls that fail throw a gRPC ServiceError. */
export class CriClient implements Disposable {
  readonly #client: Client;

  constructor(socket: string, readonly cgroupParent: string) {
    this.#client = new Client(`unix://${socket}`, credentials.createInsecure());
  }

  /** @returns the pod's id, which is the container id of CNI */
  async runPod(name: string): Promise<string> {
    const metadata = { name, uid: `uid-${name}`, namespace: "default" };
    const config = { metadata, hostname: name, linux: { cgroupParent: this.cgroupParent } };
    return (await this.#call<{ podSandboxId: string }>("RunPodSandbox", { config })).podSandboxId;
  }

  async stopPod(id: string): Promise<void> {
    await this.#call("StopPodSandbox", { podSandboxId: id });
  }

  async removePod(id: string): Promise<void> {
    await this.#call("RemovePodSandbox", { podSandboxId: id });
  }

  async podStatus(id: string): Promise<PodStatus> {
    const { status, info } = await this.#call<{
      status: { state: number; network?: { ip: string } };
      info: { info: string };
    }>("PodSandboxStatus", { podSandboxId: id, verbose: true });
    const { runtimeSpec } = JSON.parse(info.info) as {
      runtimeSpec: { linux: { namespaces: { type: string; path?: string }[] } };
    };
    const netns = runtimeSpec.linux.namespaces.find(({ type }) => type === "network")?.path ?? "";
    return { ready: status.state === 0, ip: status.network?.ip ?? "", netns };
  }

  /** Ids of all pods. */
  async pods(): Promise<string[]> {
    return (await this.#call<{ items: { id: string }[] }>("ListPodSandbox", {})).items.map(({ id }) => id);
  }

  /** Whether the runtime answers, and says that it has a network. */
  async networkReady(): Promise<boolean> {
    try {
      const { status } = await this.#call<{ status: { conditions: { type: string; status: boolean }[] } }>(
        "Status",
        {},
      );
      return status.conditions.some(({ type, status }) => type === "NetworkReady" && status);
    } catch {
      return false;
    }
  }

  async hasImage(image: string): Promise<boolean> {
    const request = { image: { image } };
    return (await this.#call<{ image?: unknown }>("ImageStatus", request, "ImageService")).image != null;
  }

  #call<Response>(method: string, request: object, service = "RuntimeService"): Promise<Response> {
    const question = types.lookupType(`runtime.v1.${method}Request`);
    const answer = types.lookupType(`runtime.v1.${method}Response`);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#client.makeUnaryRequest(
      `/runtime.v1.${service}/${method}`,
      (value: object) => Buffer.from(question.encode(question.fromObject(value)).finish()),
      (bytes) => answer.toObject(answer.decode(bytes), { arrays: true, defaults: true }) as Response,
      request,
      { deadline: Date.now() + LIMIT },
      (error: ServiceError | null, value?: Response) => error === null ? resolve(value!) : reject(error),
    );
    return promise;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
