// Tells who listens that something is not as it was.

export class Changes<T> {
  readonly #listeners = new Set<(topic: T) => void>();

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  tell(topic: T): void {
    for (const listener of this.#listeners) listener(topic);
  }

  /** @returns ends it */
  listen(listener: (topic: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
