// An option that may be given more than once.

/** For commander: the values so far, and one more. */
export function appended(text: string, before: string[]): string[] {
  return [...before, text];
}
