// The one release of libwasmtime that cnidaria is built and tested with. Its shared library, with the component model's
// C API, is in the PyPI package `wasmtime`. To take another: change the version, and both digests of each platform.

export const WASMTIME_VERSION = "50.0.1";

/** A wheel of the release. Digests are SHA-256, hexadecimal. */
export interface Wheel {
  /** As pip names it in `--platform`. */
  readonly platform: string;
  readonly digest: string;
  /** The library's path in the wheel. */
  readonly library: string;
  readonly libraryDigest: string;
}

export const WHEELS: Readonly<Partial<Record<typeof Deno.build.arch, Wheel>>> = {
  x86_64: {
    platform: "manylinux1_x86_64",
    digest: "cc14c3a17654e0394e0225b11813532ef0cd7bd1e222a0c5494cdedaabeddac4",
    library: "wasmtime/linux-x86_64/_libwasmtime.so",
    libraryDigest: "3127ca42fe7cdd3f0a43a358e79177dcfedd46c1746329826403b9d854de6178",
  },
  aarch64: {
    platform: "manylinux2014_aarch64",
    digest: "675484e525c028dc02762b777f1db4477ea70caa3fec6775426daff4d64edfb1",
    library: "wasmtime/linux-aarch64/_libwasmtime.so",
    libraryDigest: "4777b787fcc6651c98130ccc7c8ce9160faba5f3b34918886785a43094026fc9",
  },
};
