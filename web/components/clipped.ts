// Text for a place that does not grow.

/** At most so many characters; an ellipsis says that there are more. */
export function clipped(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
