// A real browser for tests of the dashboard: Debian's chromium, headless, and what it complains of.

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where it is; undefined where there is none. */
const executablePath = PATHS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** Why tests with a browser are left out. */
export const noBrowser = executablePath === undefined ? "needs chromium" : undefined;

/** Ends with its `await using` scope. */
export class TestBrowser implements AsyncDisposable {
  private constructor(private readonly browser: Browser, private readonly origin: string) {}

  /** @param origin of the dashboard */
  static async start(origin: string): Promise<TestBrowser> {
    // Its own sandbox is no use to root, and its pages are ours.
    const args = ["--no-sandbox", "--disable-dev-shm-usage"];
    return new TestBrowser(await chromium.launch({ executablePath: executablePath!, args }), origin);
  }

  /** A page of its own. Its `await using` scope ends with an error if the page complained, or asked another host. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const context = await this.browser.newContext({ baseURL: this.origin, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${this.origin}/`)) complaints.push(`it asked for ${request.url()}`);
    });
    await page.goto(path);
    if (options.javaScriptEnabled !== false) await page.waitForSelector("html[data-live=yes]");
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the console, and requests to other hosts. */
  readonly complaints: readonly string[];
}
