// The HTML around a page.

import type { ComponentChildren } from "preact";

export interface DocumentProps {
  readonly title: string;
  readonly node: string;
  /** By which static files change their names. */
  readonly digest: string;
  /** JSON for `islands/main.tsx`. */
  readonly state: string;
  readonly children: ComponentChildren;
}

export function Document({ title, node, digest, state, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${node} · cnidaria`}</title>
        <link rel="icon" href={`/static/icon.svg?${digest}`} type="image/svg+xml" />
        <link rel="stylesheet" href={`/static/style.css?${digest}`} />
        <script type="module" src={`/static/client.js?${digest}`}></script>
      </head>
      <body>
        <div id="page">{children}</div>
        {/* Not run: its type is no script's. `<` is written as JSON's escape, so that nothing ends it early. */}
        <script id="state" type="application/json" dangerouslySetInnerHTML={{ __html: state }}></script>
      </body>
    </html>
  );
}
