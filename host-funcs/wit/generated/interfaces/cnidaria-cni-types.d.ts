declare module 'cnidaria:cni/types@0.3.0' {
  /**
   * A network namespace, as seen from the attachment the plugin was called for. A plugin never names a path.
   * # Variants
   * 
   * ## `"host"`
   * 
   * The node's own network namespace.
   * ## `"container"`
   * 
   * The namespace of the container (CNI_NETNS).
   */
  export type Ns = 'host' | 'container';
  /**
   * Why the host refused or failed a call.
   * # Variants
   * 
   * ## `"denied"`
   * 
   * The plugin has no grant for this call, or its arguments are outside the grant's scope.
   * ## `"not-found"`
   * 
   * The object does not exist (ENOENT, ENODEV, ESRCH).
   * ## `"exists"`
   * 
   * The object exists already (EEXIST).
   * ## `"invalid"`
   * 
   * An argument is malformed or out of bounds.
   * ## `"unsupported"`
   * 
   * This kernel or library cannot do it; the message says what is missing.
   * ## `"exhausted"`
   * 
   * No address, slot or other resource is left.
   * ## `"busy"`
   * 
   * Someone else holds it; trying again later may succeed.
   * ## `"timeout"`
   * 
   * It did not happen within its time.
   * ## `"io"`
   * 
   * The kernel, a library or a file said no; the message carries its words.
   */
  export type ErrorCode = 'denied' | 'not-found' | 'exists' | 'invalid' | 'unsupported' | 'exhausted' | 'busy' | 'timeout' | 'io';
  /**
   * An error of a host function: what failed, on what, why, and what to do.
   */
  export interface HostError {
    code: ErrorCode,
    /**
     * A sentence for a person.
     */
    message: string,
    /**
     * The kernel's errno, where there was one.
     */
    errno?: number,
  }
  /**
   * Names an attachment of a network, for GC.
   */
  export interface AttachmentId {
    containerId: string,
    ifname: string,
  }
  export type Sandbox = SandboxHost | SandboxContainer | SandboxOther;
  export interface SandboxHost {
    tag: 'host',
  }
  export interface SandboxContainer {
    tag: 'container',
  }
  export interface SandboxOther {
    tag: 'other',
    val: string,
  }
  /**
   * An interface that a result names. An entry without `sandbox` lies in the host.
   */
  export interface ResultInterface {
    name: string,
    mac?: string,
    mtu?: number,
    /**
     * Where it is. A path of another namespace in a prevResult comes as `other` and is handed back unchanged.
     */
    sandbox: Sandbox,
    socketPath?: string,
    pciId?: string,
  }
  /**
   * An address of a result.
   */
  export interface ResultIp {
    /**
     * CIDR notation: `10.1.0.5/16`, `2001:db8::5/64`.
     */
    address: string,
    gateway?: string,
    /**
     * Index into the result's interfaces.
     */
    'interface'?: number,
  }
  /**
   * A route of a result.
   */
  export interface ResultRoute {
    /**
     * CIDR notation.
     */
    dst: string,
    /**
     * Next hop; the gateway of an address of the same family where there is none.
     */
    gw?: string,
    /**
     * Bytes.
     */
    mtu?: number,
    /**
     * Bytes.
     */
    advmss?: number,
    priority?: number,
    table?: number,
    /**
     * rtnetlink scope: 0 universe, 253 link, 254 host.
     */
    scope?: number,
  }
  export interface Dns {
    nameservers: Array<string>,
    domain?: string,
    search: Array<string>,
    options: Array<string>,
  }
  /**
   * A success result (CNI spec 1.1.0). The host converts it to the version that the configuration asks for.
   */
  export interface CniResult {
    interfaces: Array<ResultInterface>,
    ips: Array<ResultIp>,
    routes: Array<ResultRoute>,
    dns: Dns,
  }
  /**
   * One network attachment: a container's interface on a network (CNI spec 1.1.0, section 2).
   */
  export interface Attachment {
    /**
     * CNI_CONTAINERID.
     */
    containerId: string,
    /**
     * CNI_IFNAME, at most 15 bytes.
     */
    ifname: string,
    /**
     * `name` of the network configuration.
     */
    network: string,
    /**
     * False when CNI_NETNS was empty or its namespace does not exist any more (DEL and GC only). Then every call
     * that names `ns.container` answers `not-found`.
     */
    hasNetns: boolean,
    /**
     * CNI_ARGS, split at `;` and `=`, in order.
     */
    args: Array<[string, string]>,
    /**
     * `prevResult` of the configuration.
     */
    prevResult?: CniResult,
  }
  /**
   * An error result of a plugin (CNI spec 1.1.0): code 2 to 99 as the spec assigns them, 100 and above the plugin's own.
   */
  export interface CniError {
    code: number,
    msg: string,
    details: string,
  }
}
