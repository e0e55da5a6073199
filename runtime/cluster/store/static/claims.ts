// subnets/<subnet>: who has it, a file of one line, made by link(2): of all that try, one succeeds, and no reader ever
// sees a claim without a name.

/** A subnet as the name of a file: `10.5.34.0-24`. */
const fileName = (subnet: string) => subnet.replace("/", "-");
const subnetOf = (fileName: string) => fileName.replace(/-(\d+)$/, "/$1");

/** How often a claim may be given up between two looks at it. */
const RACES = 100;

/** Claims of all nodes, in a folder that they share. */
export class Claims {
  constructor(private readonly folder: string) {}

  /** Who has what: names by subnet. */
  async all(): Promise<Map<string, string>> {
    const claims = new Map<string, string>();
    for await (const { name, isFile } of Deno.readDir(this.folder)) {
      if (!isFile || name.startsWith(".")) continue;
      const holder = await this.holder(subnetOf(name));
      if (holder !== undefined) claims.set(subnetOf(name), holder);
    }
    return claims;
  }

  /** The node that has a subnet. */
  async holder(subnet: string): Promise<string | undefined> {
    try {
      return (await Deno.readTextFile(this.#path(subnet))).trim();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** @returns the node that has it now: `node`, or who came first */
  async take(subnet: string, node: string): Promise<string> {
    const temporary = `${this.folder}/.${node}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(temporary, `${node}\n`, { createNew: true });
    try {
      for (let race = 0; race < RACES; race++) {
        try {
          await Deno.link(temporary, this.#path(subnet));
          return node;
        } catch (error) {
          if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        }
        // It may be given up between the two.
        const holder = await this.holder(subnet);
        if (holder !== undefined) return holder;
        await new Promise((resolve) => setTimeout(resolve, race));
      }
      throw new Error(`others claim and give up ${subnet} all the time: do several nodes have one name?`);
    } finally {
      await Deno.remove(temporary);
    }
  }

  /** Gives up a subnet, which the caller has. */
  async release(subnet: string): Promise<void> {
    await Deno.remove(this.#path(subnet)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  #path(subnet: string): string {
    return `${this.folder}/${fileName(subnet)}`;
  }
}
