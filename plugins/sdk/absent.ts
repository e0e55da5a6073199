// QuickJS components get `null` where a WIT option has no value; the types that authors use say `undefined`.
// The build wraps every imported host function with this, so that the types are right.

/** A value from the host with `undefined` in the place of `null`, at any depth. The value itself is changed, not copied. */
export function absent(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === "object") takeOut(value);
  return value;
}

function takeOut(value: object): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (typeof item === "object") value[i] = absent(item);
    }
    return;
  }
  if (ArrayBuffer.isView(value)) return;
  const record = value as Record<string, unknown>;
  for (const key in record) {
    const field = record[key];
    if (typeof field !== "object") continue;
    if (field === null) delete record[key];
    else takeOut(field);
  }
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
