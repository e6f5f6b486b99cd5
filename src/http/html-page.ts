/** The layout of an HTML page for account holders: no script and no external asset, so that its CSP can forbid both. */
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Page = HtmlEscapedString | Promise<HtmlEscapedString>

const STYLE = `
  :root { color-scheme: light dark; --ink: #1c2330; --soft: #566074; --paper: #f6f7f9; --card: #fff; --line: #dfe3ea; --accent: #3d4bd8; --on-accent: #fff; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e8ebf1; --soft: #a3adbf; --paper: #12151b; --card: #1a1f28; --line: #2c3340; --accent: #a5afff; --on-accent: #12151b; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
  main { width: 100%; max-width: 34rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
  h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; text-wrap: balance; }
  p { margin: 0 0 1rem; }
  p:last-child { margin-bottom: 0; }
  a { color: var(--accent); }
  a.button { display: inline-block; padding: 0.6rem 1.1rem; border-radius: 8px; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
  a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
  .quiet { color: var(--soft); font-size: 0.875rem; }
`

export const PAGE_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The title is also the page's heading, above `content`. */
export function pageShell(title: string, content: Page): Page {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
}
