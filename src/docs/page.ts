/** The API documentation as one HTML page. It has no script and no external asset, so it works offline and under a strict CSP. */
import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { PROBLEMS } from '../http/problem.ts'
import { fieldsOf, typeOf, type Field, type OpenApi, type Operation } from './schema.ts'
import { STYLE } from './style.ts'

type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export const DOCS_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

interface Endpoint {
  id: string
  method: string
  path: string
  operation: Operation
}

export function docsPage(document: OpenApi): Html {
  const groups = groupsOf(document)
  const schemas = Object.entries(document.components.schemas ?? {})
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title} API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <nav aria-label="Contents">
          <a class="title" href="#top">${document.info.title}</a>
          ${[...groups].map(
            ([group, endpoints]) =>
              html`<h2>${group}</h2>
                <ul>
                  ${endpoints.map(({ id, operation }) => html`<li><a href="#${id}">${operation.summary}</a></li>`)}
                </ul>`,
          )}
          <h2>reference</h2>
          <ul>
            <li><a href="#errors">Errors</a></li>
            <li><a href="#objects">Objects</a></li>
            <li><a href="/openapi.json">OpenAPI 3.1</a></li>
          </ul>
        </nav>
        <main id="top">
          <h1>${document.info.title} API</h1>
          ${document.info.description.split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
          ${[...groups.values()].flat().map((endpoint) => endpointSection(endpoint, document))}
          <section id="errors">
            <h2>Errors</h2>
            <p>
              ${prose('Every error is `application/problem+json` with `type`, `title`, `status`, `detail`, `code` and `request_id`. Some codes add fields of their own. Branch on `code`: titles and details may be reworded at any time.')}
            </p>
            <table>
              <tr>
                <th>code</th>
                <th>status</th>
                <th>meaning</th>
              </tr>
              ${Object.entries(PROBLEMS).map(
                ([code, { status, title }]) =>
                  html`<tr id="${code}">
                    <td><code>${code}</code></td>
                    <td>${status}</td>
                    <td>${title}.</td>
                  </tr>`,
              )}
            </table>
          </section>
          <section id="objects">
            <h2>Objects</h2>
            ${schemas.map(
              ([name, schema]) =>
                html`<h3 id="object-${name}">${name}</h3>
                  ${fieldsTable(fieldsOf(schema, document))}`,
            )}
          </section>
        </main>
      </body>
    </html>`
}

function endpointSection({ id, method, path, operation }: Endpoint, document: OpenApi): Html {
  const scopes = (operation.security ?? []).flatMap((need) => Object.values(need).flat())
  const parameters = (operation.parameters ?? []).map((parameter) => ({
    name: parameter.name,
    type: `${typeOf(parameter.schema)}, in ${parameter.in}`,
    required: parameter.required ?? false,
    description: parameter.schema?.description ?? '',
  }))
  const bodyFields = fieldsOf(Object.values(operation.requestBody?.content ?? {})[0]?.schema, document)
  return html`<section id="${id}">
    <h2>${operation.summary}</h2>
    <p class="route">
      <b>${method.toUpperCase()}</b>
      <code>${path}</code>${scopes.map((scope) => html` <span class="scope">${scope}</span>`)}
    </p>
    ${operation.description ? html`<p>${prose(operation.description)}</p>` : ''}
    ${
      parameters.length > 0
        ? html`<h4>Parameters</h4>
            ${fieldsTable(parameters)}`
        : ''
    }
    ${
      bodyFields.length > 0
        ? html`<h4>Body</h4>
            ${fieldsTable(bodyFields)}`
        : ''
    }
    <h4>Responses</h4>
    <dl>
      ${Object.entries(operation.responses).map(
        ([status, { description, content }]) =>
          html`<dt>${status}</dt>
            <dd>${prose(description)} ${objectLink(typeOf(Object.values(content ?? {})[0]?.schema))}</dd>`,
      )}
    </dl>
  </section>`
}

function fieldsTable(fields: readonly Field[]): Html {
  return html`<table>
    ${fields.map(
      ({ name, type, required, description }) =>
        html`<tr>
          <td><code>${name}</code>${required ? '' : html` <i>optional</i>`}</td>
          <td class="type">${objectLink(type)}</td>
          <td>${prose(description)}</td>
        </tr>`,
    )}
  </table>`
}

/** Links the name of an object type to its section. */
function objectLink(type: string): Html {
  const [name] = /^[A-Z]\w+/.exec(type) ?? []
  return name && name !== 'Problem' ? html`<a href="#object-${name}">${type}</a>` : html`${name ? '' : type}`
}

/** Renders text between backticks as code. */
function prose(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
}

function groupsOf(document: OpenApi): Map<string, Endpoint[]> {
  const groups = new Map<string, Endpoint[]>()
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const group = groupOf(path)
      const id = `${method}${path}`.replace(/\W+/g, '-')
      groups.set(group, [...(groups.get(group) ?? []), { id, method, path, operation }])
    }
  }
  return groups
}

/** The group of routes below `/v1/accounts/{account}/`; routes not listed here belong to the group `accounts`. */
const GROUP_BELOW_ACCOUNT: Readonly<Record<string, string>> = {
  payments: 'payments',
  checkout_sessions: 'payments',
  balance: 'payouts',
  payouts: 'payouts',
  payout_schedule: 'payouts',
}

function groupOf(path: string): string {
  if (!path.startsWith('/v1/')) return 'service'
  const [first = '', second = ''] = path
    .split('/')
    .filter((word) => word && word !== 'v1' && !word.startsWith('{'))
  return (first === 'accounts' ? GROUP_BELOW_ACCOUNT[second] : undefined) ?? first
}
