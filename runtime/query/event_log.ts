// What has happened on the node of late, for people: CNI calls, what the keeper did, actions of the dashboard.

export interface NodeEvent {
  /** Grows by one each time. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  /** `ADD`, `DEL`, `CHECK`, `GC`, `keeper`, `action`, `agent`. */
  readonly kind: string;
  /** A sentence. */
  readonly text: string;
  /** What it is about: `network/container/ifname`, where it is about an attachment. */
  readonly subject?: string;
}

/** How many are kept. */
const MOST = 2_000;

export class EventLog {
  #events: NodeEvent[] = [];
  #last = 0;

  /** @returns it, with its number */
  add(event: Omit<NodeEvent, "number" | "at">, at: number = Date.now()): NodeEvent {
    const numbered = { number: ++this.#last, at, ...event };
    this.#events.push(numbered);
    if (this.#events.length > MOST * 2) this.#events = this.#events.slice(-MOST);
    return numbered;
  }

  /** The oldest first, after that number. */
  list(after = 0): readonly NodeEvent[] {
    return this.#events.slice(-MOST).filter(({ number }) => number > after);
  }
}
