// QuickJS components get `null` where a WIT option has no value; the types that authors use say `undefined`.
// The build wraps every imported host function with this, so that the types are right.

/** A copy of a value from the host with `undefined` in the place of `null`, at any depth. */
export function absent(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(absent);
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== null) copy[key] = absent(field);
  }
  return copy;
}

/** A host function whose results, thrown payloads included, have `undefined` for what is absent. */
export function withoutNulls<A extends unknown[]>(call: (...args: A) => unknown): (...args: A) => unknown {
  return (...args) => {
    try {
      return absent(call(...args));
    } catch (error) {
      const { payload } = error as { payload?: unknown };
      if (payload === undefined) throw error;
      // QuickJS makes the property read-only.
      throw Object.assign(new Error((error as Error).message), { payload: absent(payload) });
    }
  };
}
