// The keys of a grid (WAI-ARIA Authoring Practices, grid pattern).

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">;

/** Rows that PageUp and PageDown move by. */
const PAGE = 8;

/** @returns the cell to which a key leads; undefined for another key */
export function movedBy(event: Key, at: number, count: number, columns: number): number | undefined {
  if (event.altKey || event.metaKey) return undefined;
  const row = at - at % columns;
  const to = (wanted: number) => Math.max(0, Math.min(count - 1, wanted));
  switch (event.key) {
    case "ArrowLeft":
      return to(at - 1);
    case "ArrowRight":
      return to(at + 1);
    case "ArrowUp":
      return at - columns < 0 ? at : at - columns;
    case "ArrowDown":
      return at + columns >= count ? at : at + columns;
    case "Home":
      return event.ctrlKey ? 0 : row;
    case "End":
      return event.ctrlKey ? count - 1 : to(row + columns - 1);
    case "PageUp":
      return at - PAGE * columns < 0 ? at % columns : at - PAGE * columns;
    case "PageDown": {
      const last = count - 1 - (count - 1 - at % columns) % columns;
      return Math.min(at + PAGE * columns, last);
    }
    default:
      return undefined;
  }
}
