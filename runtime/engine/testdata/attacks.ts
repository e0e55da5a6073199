// Components written by hand in WebAssembly's text form, each with an attack that a compiler would not make.

import { parse } from "@bytecodealliance/jco";
import type { Engine, HostFunction, Instance, Limits } from "../engine.ts";
import { componentFile } from "./build.ts";
import { LIMITS } from "./suite.ts";

// jco goes on reading its own component after it has been imported: once it has parsed something, that has ended and is
// not taken for a leak of the test that happens to run first.
await parse("(component)");

export const HOST = "test:attack/host@1.0.0";
export const ATTACK = "test:attack/attack@1.0.0";

/** `tell` of the host with a memory for its text; `$i`, the main module's instance, and its exports. */
function component(main: string, exported: string): string {
  return `(component
    (import "${HOST}" (instance $host (export "tell" (func (param "text" string)))))
    (core module $memory (memory (export "memory") 4))
    (core instance $memory (instantiate $memory))
    (core func $tell (canon lower (func $host "tell") (memory (core memory $memory "memory"))))
    ${main}
    (core instance $i (instantiate $main
      (with "host" (instance (export "tell" (func $tell))))
      (with "memory" (instance $memory))))
    ${exported}
    (export "${ATTACK}" (instance $attack)))`;
}

/** A component whose function `run` has no parameter, and answers a u32. */
function plain(body: string): string {
  return component(
    `(core module $main
      (import "host" "tell" (func $tell (param i32 i32)))
      (import "memory" "memory" (memory 1))
      ${body})`,
    `(func $run (result u32) (canon lift (core func $i "run")))
    (instance $attack (export "run" (func $run)))`,
  );
}

/** `run` answers `type`, a list whose items all point to the same 64 KiB, as many items as there is room for. */
function aliased(type: string): string {
  return component(
    `(core module $main
      (import "host" "tell" (func $tell (param i32 i32)))
      (import "memory" "memory" (memory 1))
      (func (export "run") (result i32) (local i32)
        (memory.fill (i32.const 0) (i32.const 97) (i32.const 65536))
        (local.set 0 (i32.const 65536))
        (loop
          (i32.store (local.get 0) (i32.const 0))
          (i32.store offset=4 (local.get 0) (i32.const 65536))
          (local.set 0 (i32.add (local.get 0) (i32.const 8)))
          (br_if 0 (i32.lt_u (local.get 0) (i32.const 196608))))
        (i32.store (i32.const 196608) (i32.const 65536))
        (i32.store (i32.const 196612) (i32.const 16384))
        (i32.const 196608)))`,
    `(func $run (result (list ${type}))
      (canon lift (core func $i "run") (memory (core memory $memory "memory"))))
    (instance $attack (export "run" (func $run)))`,
  );
}

const REPEATED = (count: number, text: string) => Array.from({ length: count }, (_, i) => text.replaceAll("#", `${i}`));

/** The attacks by name. */
export const ATTACKS = {
  "a start function that never ends": plain(`
    (func $start (loop (br 0))) (start $start)
    (func (export "run") (result i32) (i32.const 0))`),
  "a start function that calls the host for ever": plain(`
    (func $start (loop (call $tell (i32.const 0) (i32.const 1)) (br 0))) (start $start)
    (func (export "run") (result i32) (i32.const 0))`),
  "a table that grows": plain(`
    (table $t 0 funcref)
    (func (export "run") (result i32)
      (loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 10000)) (i32.const -1))))
      (table.size $t))`),
  "a table that is large from the beginning": plain(`
    (table $t 1000000 funcref)
    (func (export "run") (result i32) (i32.const 0))`),
  "65 tables": plain(`
    ${REPEATED(65, "(table $t# 1 funcref)").join("\n")}
    (func (export "run") (result i32) (i32.const 0))`),
  "9 memories": plain(`
    (func (export "run") (result i32) (i32.const 0)))
    (core module $more (memory 1))
    ${REPEATED(9, "(core instance (instantiate $more))").join("\n").slice(0, -1)}`),
  "65 core instances": plain(`
    (func (export "run") (result i32) (i32.const 0)))
    (core module $more)
    ${REPEATED(65, "(core instance (instantiate $more))").join("\n").slice(0, -1)}`),
  "structures on the collected heap": plain(`
    (type $node (struct (field (ref null $node)) (field i64) (field i64) (field i64)))
    (func (export "run") (result i32) (local $list (ref null $node))
      (loop
        (local.set $list (struct.new $node (local.get $list) (i64.const 1) (i64.const 2) (i64.const 3)))
        (br 0))
      (unreachable))`),
  "whatever the host throws is caught, and the host called again": plain(`
    (func (export "run") (result i32)
      (loop $again
        (block $caught
          (try_table (catch_all $caught) (call $tell (i32.const 0) (i32.const 1))))
        (br $again))
      (unreachable))`),
  "one text, 16,384 times": aliased("string"),
  "one list of bytes, 16,384 times": aliased("(list u8)"),
  "one list of numbers, 16,384 times": aliased("(list u16)"),
  "recursion, and a call of the host at the end": component(
    `(core module $main
      (import "host" "tell" (func $tell (param i32 i32)))
      (import "memory" "memory" (memory 1))
      (func $deep (export "run") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0))
          (then (call $tell (i32.const 0) (i32.const 1)) (i32.const 0))
          (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))))))`,
    `(func $run (param "depth" u32) (result u32) (canon lift (core func $i "run")))
    (instance $attack (export "run" (func $run)))`,
  ),
} as const;

export type AttackName = keyof typeof ATTACKS;

/** A component ready to attack. `run` calls its function; an instance that was made is closed. */
export async function attacker(engine: Engine, folder: string, name: AttackName) {
  const id = `attack-${Object.keys(ATTACKS).indexOf(name)}`;
  const file = await componentFile(id, new Uint8Array(await parse(ATTACKS[name])), folder);
  const component = engine.load(file);
  const start = (tell: HostFunction, limits: Partial<Limits>): Instance =>
    component.instantiate({ [HOST]: { tell } }, { ...LIMITS, ...limits });
  const run = (tell: HostFunction = () => {}, limits: Partial<Limits> = {}, args: unknown[] = []): unknown => {
    const instance = start(tell, limits);
    try {
      return instance.call(ATTACK, "run", args);
    } finally {
      instance.close();
    }
  };
  return { run, file, [Symbol.dispose]: () => component.close() };
}
