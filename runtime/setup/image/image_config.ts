// What the image says of itself: its configuration, as the OCI image specification (config.md) has it. The Dockerfile
// says the same; `image_config_test.ts` holds it to this.

/** The image's own program, of `entrypoint.sh`. */
export const ENTRYPOINT = ["/cnidaria/bin/cnidaria"] as const;
/** What is done where no command is given. */
export const DEFAULT_COMMAND = ["install"] as const;
export const ENVIRONMENT = ["PATH=/cnidaria/bin:/usr/bin:/bin"] as const;
export const LABELS = {
  "org.opencontainers.image.title": "cnidaria",
  "org.opencontainers.image.description": "Installs cnidaria on a node, and runs its agent",
  "org.opencontainers.image.licenses": "Apache-2.0",
} as const;

/** @param diffId digest of the layer's tar file @param epoch seconds, of all that is in it */
export function imageConfig(diffId: string, epoch: number): Record<string, unknown> {
  return {
    created: new Date(epoch * 1000).toISOString(),
    architecture: "amd64",
    os: "linux",
    config: { Env: ENVIRONMENT, Entrypoint: ENTRYPOINT, Cmd: DEFAULT_COMMAND, Labels: LABELS },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: new Date(epoch * 1000).toISOString(), created_by: "deno task image" }],
  };
}
