/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/config-files@0.3.0' {
  /**
   * The resolv.conf(5) file that `ipam.resolvConf` names.
   */
  export function resolvConf(): Dns;
  /**
   * The variables of Flannel's subnet file (`subnetFile`, or /run/flannel/subnet.env), in order.
   */
  export function subnetEnv(): Array<[string, string]>;
  /**
   * As `subnet-env`, but waits until there is such a file. `timeout` where there is none after that time; at most 30,000 ms.
   */
  export function waitSubnetEnv(timeoutMs: number): Array<[string, string]>;
  /**
   * Which of these kernel parameters, each as the configuration names it, /etc/cni/tuning/allowlist.conf does not allow:
   * none where there is no such file. Each of its lines is a regular expression (RE2); one that matches any part of the
   * name allows it.
   */
  export function refusedParameters(keys: Array<string>): Array<string>;
  export type Dns = import('cnidaria:cni/types@0.3.0').Dns;
  export type HostError = import('cnidaria:cni/types@0.3.0').HostError;
}
