declare module 'cnidaria:cni/host-info@0.3.0' {
  export function versions(): HostVersions;
  export interface HostVersions {
    /**
     * Version of cnidaria itself, MAJOR.MINOR.PATCH.
     */
    host: string,
    /**
     * Version of this contract that the host has. It runs what was built for an earlier one of the same major as well.
     */
    contract: string,
    /**
     * Versions of the CNI specification that the host speaks, oldest first.
     */
    cni: Array<string>,
  }
}
