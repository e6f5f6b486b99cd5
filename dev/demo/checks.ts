/** Checks of API responses. They compare only the fields that the demo names. */
import type { Answer } from './stack.ts'

type Body = Record<string, unknown>

/** Returns the body. @throws Error with the difference, if the status or a field is not the expected one */
export function requireAnswer({ status, body }: Answer, expected: number, fields: Body = {}): Body {
  const difference =
    status === expected
      ? differenceOf(body, fields)
      : `the status is ${status}, not ${expected}: ${String(body['detail'])}`
  if (difference) throw new Error(difference)
  return body
}

const TIMEOUT_MS = 20_000
/** Long enough to deliver and apply the webhooks of one simulated day. */
const ADVANCE_EVERY_MS = 800

/**
 * Reads until the fields have the expected values, because webhooks take a moment. `advance` moves the simulator's clock
 * for changes that need time to pass. @throws Error with the difference, after a timeout
 */
export async function waitFor(
  read: () => Promise<Body>,
  fields: Body,
  advance: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Body> {
  const timeoutAt = Date.now() + TIMEOUT_MS
  let advanceAt = Date.now()
  for (;;) {
    // oxlint-disable no-await-in-loop
    const actual = await read()
    const difference = differenceOf(actual, fields)
    if (difference === null) return actual
    if (Date.now() > timeoutAt) throw new Error(difference)
    if (Date.now() > advanceAt) {
      await advance()
      advanceAt = Date.now() + ADVANCE_EVERY_MS
    }
    await new Promise((resolve) => setTimeout(resolve, 150))
    // oxlint-enable no-await-in-loop
  }
}

function differenceOf(actual: unknown, expected: unknown, path = ''): string | null {
  if (typeof expected !== 'object' || expected === null) {
    return actual === expected
      ? null
      : `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`
  }
  if (typeof actual !== 'object' || actual === null) return `${path} is ${JSON.stringify(actual)}`
  const differences = Object.entries(expected).map(([key, value]) =>
    differenceOf((actual as Body)[key], value, path ? `${path}.${key}` : key),
  )
  return differences.find((difference) => difference !== null) ?? null
}
