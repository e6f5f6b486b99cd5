import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Runtime } from '../runtime.ts'
import { type Html, page } from './layout.ts'

/**
 * Each button calls a control. Its form has the control's path and JSON body, and its fields are added to the body. So a
 * test can do all that a person can do on the pages.
 */
export function registerButtons(app: Hono, runtime: Runtime): void {
  app.post('/play', async (c) => {
    const form = await c.req.formData()
    const field = (name: string) => {
      const value = form.get(name)
      return typeof value === 'string' ? value : ''
    }
    const path = field('control')
    const back = field('back').startsWith('/') && !field('back').startsWith('//') ? field('back') : '/'
    if (!path.startsWith('/_sim/')) return c.text('A button can call controls only.', 400)
    const body: Record<string, unknown> = { ...parse(field('body')) }
    for (const [name, value] of form) {
      if (!name.startsWith('body.') || typeof value !== 'string' || value === '') continue
      body[name.slice('body.'.length)] =
        /^\d+$/.test(value) && name !== 'body.account_number' ? Number(value) : value
    }
    const response = await app.request(path, { method: 'POST', body: JSON.stringify(body) })
    runtime.worldChanged()
    if (response.ok) return c.redirect(back, 303)
    return c.html(errorPage(await response.text(), back), 400)
  })
}

function parse(text: string): object {
  const parsed: unknown = text === '' ? {} : JSON.parse(text)
  return typeof parsed === 'object' && parsed !== null ? parsed : {}
}

/** A button that calls a control. */
export function button(
  label: string,
  control: string,
  body: object,
  back: string,
  fields: Html | '' = '',
): Html {
  return html`<form method="post" action="/play">
    <input type="hidden" name="control" value="${control}" />
    <input type="hidden" name="body" value="${JSON.stringify(body)}" />
    <input type="hidden" name="back" value="${back}" />
    ${fields}<button class="small">${label}</button>
  </form>`
}

/** A page of the simulator, with its navigation. */
export function simulatorPage(runtime: Runtime, title: string, current: string, body: Html): Html {
  const { platform, clock } = runtime.world()
  const links = [
    ['/', 'Accounts'],
    ['/events', 'Events'],
    ['/deliveries', 'Webhooks'],
    ['/requests', 'Requests'],
  ]
  return page({
    title: `${title} – Stripe simulator`,
    wide: true,
    body: html`<main>
      <nav aria-label="Simulator">
        <strong>Stripe simulator</strong>
        ${links.map(
          ([href = '', label]) =>
            html`<a href="${href}" ${href === current ? 'aria-current=page' : ''}>${label}</a>`,
        )}
        <span class="soft"
          >${platform.name} · ${new Date(clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ')}
          UTC</span
        >
      </nav>
      <h1>${title}</h1>
      ${body}
    </main>`,
  })
}

function errorPage(answer: string, back: string): Html {
  return page({
    title: 'That did not work',
    body: html`<main>
      <h1>That did not work</h1>
      <pre>${answer}</pre>
      <p><a class="button" href="${back}">Back</a></p>
    </main>`,
  })
}
