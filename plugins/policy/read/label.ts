// What Kubernetes takes for a label's key and value, and for a port's name (apimachinery, pkg/util/validation).

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** `name`, or `prefix/name`: at most 63 characters, behind a DNS subdomain of at most 253. */
export function isLabelKey(text: string): boolean {
  return keys.has(text) || remember(keys, text, isKey(text));
}

export function isLabelValue(text: string): boolean {
  return values.has(text) || remember(values, text, text === "" || isName(text));
}

/** What was found to be in order: policies select by the same few again and again. */
const keys = new Set<string>();
const values = new Set<string>();
const MOST = 4096;

function remember(known: Set<string>, text: string, isSound: boolean): boolean {
  if (known.size >= MOST) known.clear();
  if (isSound) known.add(text);
  return isSound;
}

function isKey(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash === -1) return isName(text);
  return slash <= 253 && SUBDOMAIN.test(text.slice(0, slash)) && isName(text.slice(slash + 1));
}

function isName(text: string): boolean {
  return text.length <= 63 && NAME.test(text);
}

/** IANA_SVC_NAME (RFC 6335, 5.1), in lower case as Kubernetes wants it. */
export function isPortName(text: string): boolean {
  return text.length <= 15 && /^[a-z0-9](?:-?[a-z0-9])*$/.test(text) && /[a-z]/.test(text);
}
