// In the place of a page that cannot be shown.

export interface ProblemData {
  readonly status: number;
  /** A sentence. */
  readonly error: string;
}

export function Problem({ status, error }: ProblemData) {
  return (
    <div class="problem" role="alert">
      <p>{error}</p>
      {status >= 500 ? <p>The agent's log says more. This page is read anew as soon as something changes.</p> : null}
      <p>
        <a href="/">To the overview</a>
      </p>
    </div>
  );
}
