// 64-bit numbers of the contract.

/**
 * A number for a `u64` of the contract. The types have a bigint there, as the WebAssembly standard says; what makes a
 * component of JavaScript takes a number, exactly up to 2^53 - 1, and traps at a bigint.
 */
export function u64(value: number): bigint {
  return value as unknown as bigint;
}
