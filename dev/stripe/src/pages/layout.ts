import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** The HTML of one page. It loads no external asset. */
export function page({ title, wide = false, body }: { title: string; wide?: boolean; body: Html }): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(CSS)}
        </style>
      </head>
      <body class="${wide ? 'wide' : ''}">
        ${body}
      </body>
    </html>`
}

const CSS = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #5a6275; --line: #d8dde6; --paper: #fff; --ground: #f6f8fb; --accent: #4b45c6; --good: #0b6b3a; --bad: #a4161a; --warn: #8a5300; --code: #eef1f6 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaf1; --soft: #a3abbd; --line: #363c4b; --paper: #1b1f2a; --ground: #12151d; --accent: #a5a1ff; --good: #6fd3a0; --bad: #ff9a9d; --warn: #f0bd6b; --code: #252b39 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1.25rem 4rem }
.wide main { max-width: 76rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; letter-spacing: -.01em }
h2 { font-size: 1.0625rem; margin: 0 0 .75rem }
p { margin: 0 0 1rem } .soft, small { color: var(--soft) }
a { color: var(--accent) }
section, form.card, fieldset.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin: 0 0 1.25rem }
fieldset { border: 0; margin: 0 0 1.25rem; padding: 0; min-width: 0 } legend { font-weight: 600; padding: 0; margin-bottom: .5rem; float: left; width: 100% } legend + * { clear: both }
label { display: block; font-weight: 500; margin: 0 0 .25rem; font-size: .9375rem }
label.inline { display: flex; gap: .5rem; align-items: baseline; font-weight: 400; margin: .25rem 0 }
input:not([type=radio], [type=checkbox]), select, textarea { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid #8a93a6; border-radius: 6px; padding: .5rem .625rem; min-height: 2.5rem }
input[aria-invalid=true] { border-color: var(--bad); border-width: 2px }
.field { margin: 0 0 1rem } .hint { color: var(--soft); font-size: .875rem; margin: .25rem 0 0 }
.error { color: var(--bad); font-size: .875rem; margin: .25rem 0 0 }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem }
button, .button { font: inherit; font-weight: 600; min-height: 2.5rem; padding: .5rem 1rem; border-radius: 6px; border: 1px solid var(--accent); background: var(--paper); color: var(--accent); cursor: pointer; text-decoration: none; display: inline-block }
button.primary { background: #4b45c6; border-color: #4b45c6; color: #fff }
button.small { min-height: 2rem; padding: .2rem .625rem; font-size: .875rem; font-weight: 500 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.alert { border: 1px solid var(--bad); border-left-width: 5px; background: var(--paper); padding: .75rem 1rem; border-radius: 6px; margin: 0 0 1.25rem }
.note { border: 1px dashed #8a93a6; border-radius: 10px; padding: 1rem 1.25rem; margin: 0 0 1.25rem; background: transparent }
.badge { display: inline-block; font-size: .8125rem; font-weight: 600; padding: .05rem .5rem; border-radius: 99px; border: 1px solid currentColor; white-space: nowrap }
.good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
code, pre, .mono { font-family: ui-monospace, 'SF Mono', Menlo, monospace; font-size: .8125rem } code { background: var(--code); padding: .1rem .3rem; border-radius: 4px; overflow-wrap: anywhere }
pre { background: var(--code); padding: .75rem; border-radius: 6px; overflow: auto; max-height: 28rem; margin: .5rem 0 0 }
.scroll { overflow-x: auto } table { width: 100%; border-collapse: collapse; font-size: .9375rem } th, td { text-align: left; padding: .5rem .625rem; border-bottom: 1px solid var(--line); vertical-align: top } th { color: var(--soft); font-weight: 500; font-size: .875rem }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: baseline; margin: 0 0 1.5rem } nav strong { margin-right: .5rem } nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .375rem 1rem; margin: 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
.moves { display: flex; flex-wrap: wrap; gap: .5rem } .moves form { margin: 0 } .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.25rem } .columns > * { margin: 0 } .columns { margin-bottom: 1.25rem }
ul.plain { list-style: none; margin: 0; padding: 0 } .total { font-size: 1.75rem; font-weight: 600; margin: 0 0 1rem }
`
