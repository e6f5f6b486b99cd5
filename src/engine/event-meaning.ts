/** What an event type means: the object it carries, and what that says happened. */
import type { z } from 'zod'
import type { InstanceEvent } from './unit-of-work.ts'
import { AccountId } from '../stripe/ids.ts'

/** A stripped event. `account`: the connected account it is of; null: the platform itself. */
export interface EventInput<O> {
  object: O
  account: string | null
  /** Unix seconds. */
  created: number
}

export interface Meaning<O extends z.ZodType = z.ZodType> {
  /** The endpoint Stripe sends it to. */
  endpoint: 'connect' | 'platform'
  object: O
  /** What happened; or, in words, why nothing did that concerns any machine. */
  read(told: EventInput<z.infer<O>>): InstanceEvent[] | string
}

/** Something is wrong with what Stripe sent: kept as a dead letter, with the reason. */
export class Untranslatable extends Error {
  override readonly name = 'Untranslatable'
}

/** An event of a connected account. */
export function ofAccount<O extends z.ZodType>(
  object: O,
  read: (told: { object: z.infer<O>; account: string; created: number }) => InstanceEvent[] | string,
): Meaning<O> {
  return {
    endpoint: 'connect',
    object,
    read: ({ account, ...told }) =>
      account === null
        ? 'it is about the platform itself, not a connected account'
        : read({ ...told, account: accountId(account) }),
  }
}

/** An event of the platform about a connected account, which its object names. */
export function ofPlatform<O extends z.ZodType>(
  object: O,
  read: (told: { object: z.infer<O>; created: number }) => InstanceEvent[] | string,
): Meaning<O> {
  return {
    endpoint: 'platform',
    object,
    read: ({ object: told, created }) => read({ object: told, created }),
  }
}

/** @throws Untranslatable */
export function accountId(text: string | null | undefined): string {
  const parsed = AccountId.safeParse(text)
  if (parsed.success) return parsed.data
  throw new Untranslatable('it does not name a connected account')
}

/** An event was true in the second it was created. */
export function during(created: number) {
  return { from: created, to: created }
}
