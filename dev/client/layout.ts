/** The HTML layout and stylesheet of the example app. */
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Refusal } from './problem.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export function layout(page: { title: string; nonce: string; body: Html; script?: Html }): Html {
  const { title, nonce, body, script } = page
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>${body}</main>
        ${
          script === undefined
            ? ''
            : html`<script type="module" nonce="${nonce}">
                ${script}
              </script>`
        }
      </body>
    </html>`
}

export function notice(refusal: Refusal | null): Html {
  if (refusal === null) return html``
  return html`<p class="note bad" role="alert">
    <strong>Refused.</strong> ${refusal.detail} <code>${refusal.code}</code>
  </p>`
}

const STYLE = `
  :root { color-scheme: light dark; --ink: #1f2421; --soft: #5d665f; --paper: #f7f7f4; --card: #fff; --line: #dddfd8; --accent: #17694a; --on-accent: #fff; --bad: #9b1c1c; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e9ece9; --soft: #a3aca5; --paper: #131614; --card: #1b1f1c; --line: #303631; --accent: #7fd1ab; --on-accent: #0d1a14; --bad: #ff9d9d; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
  main { max-width: 38rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
  h1 { margin: 0 0 1rem; font-size: 1.625rem; line-height: 1.25; overflow-wrap: anywhere; }
  h2 { margin: 0 0 0.5rem; font-size: 1.125rem; }
  p { margin: 0 0 1rem; }
  a { color: var(--accent); }
  .soft { color: var(--soft); }
  .card { margin: 0 0 1.25rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
  .note { padding: 0.75rem 1rem; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 6px; }
  .note.bad { border-left-color: var(--bad); }
  .note.good { border-left-color: var(--accent); }
  .list { margin: 0 0 1.25rem; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
  .list li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.25rem 1rem; padding: 0.75rem 1.25rem; }
  .list li + li { border-top: 1px solid var(--line); }
  label { display: block; margin-bottom: 0.25rem; font-weight: 500; }
  input:not([type=hidden]) { width: 100%; min-height: 2.75rem; margin-bottom: 1rem; padding: 0.5rem 0.75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid #868f88; border-radius: 6px; }
  button { min-height: 2.75rem; padding: 0.5rem 1.25rem; font: inherit; font-weight: 600; color: var(--accent); background: transparent; border: 1px solid var(--accent); border-radius: 6px; cursor: pointer; }
  button.primary { color: var(--on-accent); background: var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  details { margin-top: 1.25rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.9375rem; }
  summary { color: var(--soft); cursor: pointer; }
  details p { margin: 0.75rem 0; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.125rem 1.25rem; margin: 0; }
  dt { color: var(--soft); }
  dd { margin: 0; }
  code { font-size: 0.875em; overflow-wrap: anywhere; }
`
