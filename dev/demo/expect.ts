/** Is what came what was told? By the fields the story names; the rest may be as it likes. */
import type { Answer } from './stack.ts'

type Body = Record<string, unknown>

/** The body of an answer that is as told. @throws saying what is not */
export function told({ status, body }: Answer, expected: number, fields: Body = {}): Body {
  const difference =
    status === expected
      ? differs(body, fields)
      : `the answer is ${status}, not ${expected}: ${String(body['detail'])}`
  if (difference) throw new Error(difference)
  return body
}

const PATIENCE_MS = 20_000
/** Long enough for what a day brought to be delivered and applied. */
const NUDGE_MS = 800

/**
 * Reads until it is as told: a webhook takes a moment. `nudge`, where time itself must pass, is done now and then.
 * @throws when it never is
 */
export async function until(
  read: () => Promise<Body>,
  fields: Body,
  nudge: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Body> {
  const end = Date.now() + PATIENCE_MS
  let nudgeAt = Date.now()
  for (;;) {
    // oxlint-disable no-await-in-loop
    const actual = await read()
    const difference = differs(actual, fields)
    if (difference === null) return actual
    if (Date.now() > end) throw new Error(difference)
    if (Date.now() > nudgeAt) {
      await nudge()
      nudgeAt = Date.now() + NUDGE_MS
    }
    await new Promise((resolve) => setTimeout(resolve, 150))
    // oxlint-enable no-await-in-loop
  }
}

function differs(actual: unknown, expected: unknown, path = ''): string | null {
  if (typeof expected !== 'object' || expected === null) {
    return actual === expected
      ? null
      : `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`
  }
  if (typeof actual !== 'object' || actual === null) return `${path} is ${JSON.stringify(actual)}`
  const found = Object.entries(expected).map(([key, value]) =>
    differs((actual as Body)[key], value, path ? `${path}.${key}` : key),
  )
  return found.find((difference) => difference !== null) ?? null
}
