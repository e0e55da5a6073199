declare module 'cnidaria:cni/nftables@0.3.0' {
  /**
   * Types of which a set's keys are made.
   * # Variants
   * 
   * ## `"ipv4-addr"`
   * 
   * ## `"ipv6-addr"`
   * 
   * ## `"ether-addr"`
   * 
   * ## `"ifname"`
   * 
   * ## `"inet-proto"`
   * 
   * `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, or a number.
   * ## `"inet-service"`
   * 
   * A port.
   */
  export type Datatype = 'ipv4-addr' | 'ipv6-addr' | 'ether-addr' | 'ifname' | 'inet-proto' | 'inet-service';
  /**
   * What a rule reads of a packet. A rule that reads a field of one address family applies to that family alone.
   * # Variants
   * 
   * ## `"ip-saddr"`
   * 
   * ## `"ip-daddr"`
   * 
   * ## `"ip6-saddr"`
   * 
   * ## `"ip6-daddr"`
   * 
   * ## `"ether-saddr"`
   * 
   * ## `"ether-daddr"`
   * 
   * ## `"iifname"`
   * 
   * ## `"oifname"`
   * 
   * ## `"l4proto"`
   * 
   * Protocol above IP (`meta l4proto`).
   * ## `"th-sport"`
   * 
   * Ports of any protocol that has them there (`th sport`, `th dport`).
   * ## `"th-dport"`
   */
  export type Field = 'ip-saddr' | 'ip-daddr' | 'ip6-saddr' | 'ip6-daddr' | 'ether-saddr' | 'ether-daddr' | 'iifname' | 'oifname' | 'l4proto' | 'th-sport' | 'th-dport';
  /**
   * What becomes of a packet. `jump` and `goto` name a chain.
   */
  export type Verdict = VerdictAccept | VerdictDrop | VerdictReturn | VerdictJump | VerdictGoto;
  export interface VerdictAccept {
    tag: 'accept',
  }
  export interface VerdictDrop {
    tag: 'drop',
  }
  /**
   * Back to the chain that jumped here; of a base chain: accept.
   */
  export interface VerdictReturn {
    tag: 'return',
  }
  export interface VerdictJump {
    tag: 'jump',
    val: string,
  }
  export interface VerdictGoto {
    tag: 'goto',
    val: string,
  }
  /**
   * A set, or a verdict map where `verdicts` is true.
   */
  export interface NamedSet {
    name: string,
    /**
     * One type, or several for a concatenation.
     */
    key: Array<Datatype>,
    /**
     * Keys may be networks (`10.0.0.0/8`), or ranges (`10.0.0.1-10.0.0.9`, `80-90`), none overlapping another. Only
     * for keys of one type, and not for verdict maps.
     */
    intervals: boolean,
    verdicts: boolean,
  }
  /**
   * The key has a value for each type of the set, joined by ` . `: `10.1.0.5`, `10.1.0.5 . tcp . 80`.
   */
  export interface Element {
    key: string,
    /**
     * In verdict maps, and only there.
     */
    verdict?: Verdict,
  }
  /**
   * Whether the fields, concatenated, are a key of the set.
   */
  export interface InSet {
    fields: Array<Field>,
    set: string,
    negated: boolean,
  }
  /**
   * Whether the field is one of the values: addresses, networks, ranges, ports, protocols, MACs or names of links, as
   * its type has them.
   */
  export interface OneOf {
    field: Field,
    values: Array<string>,
    negated: boolean,
  }
  /**
   * # Variants
   * 
   * ## `"new"`
   * 
   * ## `"established"`
   * 
   * ## `"related"`
   * 
   * ## `"invalid"`
   */
  export type ConnectionState = 'new' | 'established' | 'related' | 'invalid';
  export type Match = MatchInSet | MatchOneOf | MatchConnection | MatchIcmpv6Type | MatchAtMost;
  export interface MatchInSet {
    tag: 'in-set',
    val: InSet,
  }
  export interface MatchOneOf {
    tag: 'one-of',
    val: OneOf,
  }
  /**
   * `ct state`
   */
  export interface MatchConnection {
    tag: 'connection',
    val: Array<ConnectionState>,
  }
  /**
   * ICMPv6 types by their numbers (RFC 4443, RFC 4861).
   */
  export interface MatchIcmpv6Type {
    tag: 'icmpv6-type',
    val: Uint8Array,
  }
  /**
   * True as often a second, and for bursts of as many (`limit rate`).
   */
  export interface MatchAtMost {
    tag: 'at-most',
    val: number,
  }
  /**
   * Hands a copy of the packet to who listens (nfnetlink_log).
   */
  export interface Log {
    group: number,
    /**
     * At most 120 characters, as those of a name, and blanks.
     */
    prefix: string,
    /**
     * Bytes of the packet.
     */
    snaplen: number,
  }
  export interface Lookup {
    fields: Array<Field>,
    /**
     * Where the map has no such key, the rule goes on.
     */
    map: string,
  }
  export type Statement = StatementCounter | StatementLog | StatementVerdict | StatementVerdictMap;
  /**
   * Counts in a named counter, that several rules may share.
   */
  export interface StatementCounter {
    tag: 'counter',
    val: string,
  }
  export interface StatementLog {
    tag: 'log',
    val: Log,
  }
  export interface StatementVerdict {
    tag: 'verdict',
    val: Verdict,
  }
  export interface StatementVerdictMap {
    tag: 'verdict-map',
    val: Lookup,
  }
  /**
   * First all of `matches`, from left to right, then the statements. A verdict is the last of these.
   */
  export interface Rule {
    matches: Array<Match>,
    statements: Array<Statement>,
    /**
     * For whom reads the rules: what this one is for. The kernel keeps the first 120 characters, and of these what is
     * no letter, digit, blank, or one of `._:/,()[]-` as `?`.
     */
    comment: string,
  }
  /**
   * # Variants
   * 
   * ## `"prerouting"`
   * 
   * ## `"input"`
   * 
   * ## `"forward"`
   * 
   * ## `"output"`
   * 
   * ## `"postrouting"`
   */
  export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  /**
   * Of a chain that packets enter from the kernel (type filter, policy accept).
   */
  export interface Base {
    hook: Hook,
    priority: number,
  }
  export interface Chain {
    name: string,
    base?: Base,
    rules: Array<Rule>,
  }
  export interface SetElements {
    set: string,
    elements: Array<Element>,
  }
  export interface SetKeys {
    set: string,
    keys: Array<string>,
  }
  /**
   * One change of a table. In a list of them, what is named must be there at that place: a set before its elements and
   * the rules that read it, a chain before who jumps to it.
   */
  export type Change = ChangeAddSet | ChangeDeleteSet | ChangePutElements | ChangeDeleteElements | ChangeAddCounter | ChangeDeleteCounter | ChangePutChain | ChangeDeleteChain;
  export interface ChangeAddSet {
    tag: 'add-set',
    val: NamedSet,
  }
  /**
   * No rule may read it any more.
   */
  export interface ChangeDeleteSet {
    tag: 'delete-set',
    val: string,
  }
  /**
   * Adds, or gives another verdict.
   */
  export interface ChangePutElements {
    tag: 'put-elements',
    val: SetElements,
  }
  export interface ChangeDeleteElements {
    tag: 'delete-elements',
    val: SetKeys,
  }
  export interface ChangeAddCounter {
    tag: 'add-counter',
    val: string,
  }
  export interface ChangeDeleteCounter {
    tag: 'delete-counter',
    val: string,
  }
  /**
   * Makes the chain, or replaces all its rules. Its `base` stays as it was.
   */
  export interface ChangePutChain {
    tag: 'put-chain',
    val: Chain,
  }
  /**
   * Nothing may jump to it any more.
   */
  export interface ChangeDeleteChain {
    tag: 'delete-chain',
    val: string,
  }
}
