// Forms with `data-live` filter while one types, links with `data-nav` show their page without a new one: focus and place
// stay where they are.

/** Milliseconds for more keys. */
const SETTLE_MS = 120;

/** @param go shows that page; `isNew`: one can go back from it */
export function liveForms(go: (href: string, isNew: boolean) => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (form: HTMLFormElement) => {
    clearTimeout(timer);
    timer = setTimeout(() => go(hrefOf(form), false), SETTLE_MS);
  };
  const formOf = (target: EventTarget | null) =>
    (target as Element | null)?.closest<HTMLFormElement>("form[data-live]");
  document.addEventListener("input", ({ target }) => {
    const form = formOf(target);
    if (form) send(form);
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    event.preventDefault();
    go(hrefOf(form), true);
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>("a[data-nav]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.href, true);
  });
}

/** What the form would send, without what is empty. */
function hrefOf(form: HTMLFormElement): string {
  const url = new URL(form.action);
  url.search = "";
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "") url.searchParams.append(name, value);
  }
  return url.href;
}
