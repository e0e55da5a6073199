// Opening C libraries quickly. Deno compiles a trampoline for each symbol as the library is opened: 0.2 ms each, 13 ms for
// libwasmtime's 64 (measured), which is as long as everything else that an ADD does. A function that takes a structure
// by value gets none, and then opening takes 10 µs a symbol and a call 0.2 µs instead of 0.05. So every function is
// declared with one more parameter, a structure of one byte. Neither of the two calling conventions that Deno runs on
// (System V AMD64 ABI 3.2.3, AAPCS64 6.8.2) lets the callee notice: it is in a register or stack slot that the callee
// does not read, and the caller cleans up.

const ONE_BYTE = { struct: ["u8"] } as const;
const NOTHING = new Uint8Array(1);

type Call = (...args: unknown[]) => unknown;

/**
 * As `Deno.dlopen`, for libraries of which few calls are made.
 *
 * @throws {Error} if the library cannot be opened, or lacks a symbol
 */
export function openForeignLibrary<S extends Deno.ForeignLibraryInterface>(path: string, symbols: S) {
  const declared: Record<string, Deno.ForeignFunction> = {};
  for (const [name, symbol] of Object.entries(symbols)) {
    const { parameters, result } = symbol as Deno.ForeignFunction;
    declared[name] = { parameters: [...parameters, ONE_BYTE], result };
  }
  const library = Deno.dlopen(path, declared);
  const bound: Record<string, Call> = {};
  for (const [name, call] of Object.entries(library.symbols)) {
    bound[name] = (...args) => (call as Call)(...args, NOTHING);
  }
  return { symbols: bound, close: () => library.close() } as unknown as Deno.DynamicLibrary<S>;
}
