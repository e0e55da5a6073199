// A component that was built for an older version of the contract, under the names of the present one: so that whoever
// runs it knows one version alone. Its functions are those of today, which only ever get more (see the contract's README).

import { contractInterface, qualifiedName } from "../../host-funcs/wit/contract.ts";
import type { Imports, Instance, Limits, LoadedComponent, RenewedLimits } from "../engine/engine.ts";

/**
 * The component as one of the present contract; itself where it is that already.
 *
 * @param exportsOf the names that it exports, asked for where it is older
 */
export function asPresent(component: LoadedComponent, exportsOf: () => readonly string[]): LoadedComponent {
  if (component.imports.every((name) => presentName(name) === name)) return component;
  return new OlderComponent(component, exportsOf());
}

function presentName(name: string): string {
  const found = contractInterface(name);
  return found === undefined ? name : qualifiedName(found.name);
}

/** Names by their present ones: a component that was put together from several may import an interface twice. */
function byPresentName(names: readonly string[]): Map<string, string[]> {
  return Map.groupBy(names, presentName);
}

class OlderComponent implements LoadedComponent {
  readonly imports: readonly string[];
  readonly #imported: ReadonlyMap<string, readonly string[]>;
  readonly #exported: ReadonlyMap<string, readonly string[]>;
  readonly prepare?: () => void;

  constructor(private readonly inner: LoadedComponent, exports: readonly string[]) {
    this.#imported = byPresentName(inner.imports);
    this.#exported = byPresentName(exports);
    this.imports = [...this.#imported.keys()].sort();
    if (inner.prepare !== undefined) this.prepare = () => inner.prepare!();
  }

  instantiate(imports: Imports, limits: Limits): Instance {
    const own = Object.entries(imports).flatMap(([name, functions]) =>
      (this.#imported.get(name) ?? [name]).map((each) => [each, functions] as const)
    );
    return new OlderInstance(this.inner.instantiate(Object.fromEntries(own), limits), this.#exported);
  }

  close(): void {
    this.inner.close();
  }
}

class OlderInstance implements Instance {
  constructor(
    private readonly inner: Instance,
    private readonly exported: ReadonlyMap<string, readonly string[]>,
  ) {}

  call(interfaceName: string, functionName: string, args: readonly unknown[]): unknown {
    return this.inner.call(this.exported.get(interfaceName)?.at(-1) ?? interfaceName, functionName, args);
  }

  renew(limits?: RenewedLimits): void {
    this.inner.renew(limits);
  }

  fuelUsed(): number | undefined {
    return this.inner.fuelUsed();
  }

  close(): void {
    this.inner.close();
  }
}
