/** The facts of a lifecycle, read off its schema, so that a new machine is covered without being named here. */
import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { z } from 'zod'
import { lifecycleOf, type MachineName } from '../lifecycles.ts'

/** One independent piece of truth, or a collection of them by id. */
export interface Part {
  name: string
  isMany: boolean
  /** The ids that its members may have. */
  members: readonly string[]
  value: Arbitrary<unknown>
  /** Stripe never takes back a value with these fields; null: the part has no such value. */
  final: Record<string, unknown> | null
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle, and the statuses of refunds and payouts. */
const FINAL: Record<string, Record<string, unknown>> = {
  payment: { status: 'canceled' },
  refunds: { status: 'canceled' },
  payout: { status: 'canceled' },
}

const MEMBERS: Record<string, readonly string[]> = { capabilities: ['card_payments', 'transfers'] }

/** The connection decides what the platform can see at all, so it has steps of its own. */
export const CONNECTION = 'connection'

const read = new Map<MachineName, readonly Part[]>()

export function partsOf(machine: MachineName): readonly Part[] {
  const known = read.get(machine)
  if (known) return known
  const context = lifecycleOf(machine).context as unknown as z.ZodObject
  const facts = context.shape['facts'] as z.ZodObject
  const parts = Object.entries(facts.shape)
    .filter(([name]) => name !== CONNECTION)
    .map(([name, schema]) => partOf(name, schema as z.ZodType))
  read.set(machine, parts)
  return parts
}

export function isFinal({ final }: Part, value: unknown): boolean {
  if (final === null || typeof value !== 'object' || value === null) return false
  const has = value as Record<string, unknown>
  return Object.entries(final).every(([key, expected]) => has[key] === expected)
}

export function hasConnection(machine: MachineName): boolean {
  const context = lifecycleOf(machine).context as unknown as z.ZodObject
  return CONNECTION in (context.shape['facts'] as z.ZodObject).shape
}

function partOf(name: string, schema: z.ZodType): Part {
  const bare = schema instanceof z.ZodNullable ? (schema.unwrap() as z.ZodType) : schema
  const shape = (bare as z.ZodObject).shape
  const items = shape['items']
  const final = FINAL[name] ?? null
  const members = MEMBERS[name] ?? [`${name}_0`, `${name}_1`]
  if (!(items instanceof z.ZodRecord))
    return { name, isMany: false, members, value: valueOf(shape['value'], name), final }
  const item = items.valueType as z.ZodObject
  // A gone member has the value null in the facts, and no entry in the truth.
  const value = item.shape['value'] as z.ZodNullable
  return { name, isMany: true, members, value: valueOf(value.unwrap(), name), final }
}

/** Stripe's values of a field, and an unknown one. Any other text is one of two. */
const WORDS: Record<string, string> = {
  capabilities: 'active active pending inactive unrequested a_word_of_tomorrow',
  disabled_reason:
    'rejected.fraud under_review listed other requirements.past_due requirements.pending_verification a_word_of_tomorrow',
  status:
    'succeeded failed canceled processing requires_capture requires_payment_method requires_confirmation requires_action ' +
    'pending in_transit paid needs_response won lost warning_closed new errored a_word_of_tomorrow',
}
const ANY_WORDS = 'one two'

function valueOf(schema: unknown, name: string): Arbitrary<unknown> {
  if (schema instanceof z.ZodNullable) return fc.option(valueOf(schema.unwrap(), name), { freq: 3 })
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([key, field]) => [key, valueOf(field, key)] as const)
    return fc.record(Object.fromEntries(fields))
  }
  if (schema instanceof z.ZodString) return fc.constantFrom(...(WORDS[name] ?? ANY_WORDS).split(' '))
  if (schema instanceof z.ZodNumber) return fc.constantFrom(0, 1, 500, 1000)
  if (schema instanceof z.ZodBoolean) return fc.oneof(fc.constant(true), fc.boolean())
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodRecord)
    return fc.dictionary(fc.constantFrom('usd', 'eur'), valueOf(schema.valueType, name))
  if (schema instanceof z.ZodArray) return fc.array(valueOf(schema.element, name), { maxLength: 1 })
  throw new Error(`facts hold something no truth was made for: ${(schema as z.ZodType).def.type}`)
}
