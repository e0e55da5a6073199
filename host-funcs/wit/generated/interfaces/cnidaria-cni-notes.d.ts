/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/notes@0.3.0' {
  export function get(key: string): string | undefined;
  /**
   * At most 64 KiB a note.
   */
  export function put(key: string, value: string): void;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
}
