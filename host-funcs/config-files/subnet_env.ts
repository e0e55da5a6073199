// The subnet file that flanneld writes: FLANNEL_NETWORK, FLANNEL_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ, and the IPv6 ones.

/** The lines `NAME=value` in order; other lines are ignored. */
export function parseSubnetEnv(text: string): [string, string][] {
  return text.split("\n").flatMap((line): [string, string][] => {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line);
    return match === null ? [] : [[match[1]!, unquote(match[2]!)]];
  });
}

function unquote(value: string): string {
  return /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}
