/** SQL for the outbox: effects that are owed or done. The name of an effect never changes. */
import { z } from 'zod'
import type { Effect } from '../../machines/effects.ts'
import type { Statement } from './database.ts'
import { allRows, firstRow, json, noRows, onlyRow } from './parse.ts'
import { query, type Query } from './query.ts'

export const EffectRow = z.object({
  name: z.string(),
  machine: z.string(),
  id: z.string(),
  account: z.string(),
  effect: json(z.unknown()),
  created_at: z.number(),
  attempts: z.number(),
  next_at: z.number(),
  leased_until: z.number(),
  last_error: z.string().nullable(),
  done_at: z.number().nullable(),
  parked_at: z.number().nullable(),
})
export type EffectRow = z.infer<typeof EffectRow>

const COLUMNS =
  'name, machine, id, account, effect, created_at, attempts, next_at, leased_until, last_error, done_at, parked_at'

export interface Owed {
  name: string
  machine: string
  id: string
  account: string
  effect: Effect
  nextAt: number
}

/** `leasedUntil` keeps cron from running an effect that the writer is about to run itself. */
export function insertEffect(owed: Owed, at: number, leasedUntil: number): Statement<void> {
  return {
    sql: `INSERT INTO outbox (name, machine, id, account, effect, created_at, next_at, leased_until)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      owed.name,
      owed.machine,
      owed.id,
      owed.account,
      JSON.stringify(owed.effect),
      at,
      owed.nextAt,
      leasedUntil,
    ],
    parse: noRows,
  }
}

/** Claims effects that are due and not leased. The lease keeps every other runner away from them. */
export function claimEffects(at: {
  now: number
  leasedUntil: number
  limit: number
}): Statement<EffectRow[]> {
  return {
    sql: `UPDATE outbox
          SET leased_until = ?
          WHERE name IN (
            SELECT name
            FROM outbox
            WHERE done_at IS NULL AND parked_at IS NULL AND next_at <= ? AND leased_until <= ?
            ORDER BY next_at
            LIMIT ?
          )
          RETURNING ${COLUMNS}`,
    args: [at.leasedUntil, at.now, at.now, at.limit],
    parse: allRows(EffectRow),
  }
}

export function finishEffect(name: string, at: number): Statement<void> {
  return {
    sql: `UPDATE outbox
          SET done_at = coalesce(done_at, ?), parked_at = NULL, attempts = attempts + 1, last_error = NULL
          WHERE name = ?`,
    args: [at, name],
    parse: noRows,
  }
}

/** Finishes every refresh that an instance still owes, parked ones too: Stripe has just been asked. */
export function finishRefreshes(machine: string, id: string, at: number): Statement<void> {
  return {
    sql: `UPDATE outbox
          SET done_at = ?, parked_at = NULL
          WHERE machine = ? AND id = ? AND done_at IS NULL AND effect ->> 'kind' = 'refresh'`,
    args: [at, machine, id],
    parse: noRows,
  }
}

/** `parkedAt` set: there are no more retries; the effect waits for an operator. */
export function failEffect(failed: {
  name: string
  error: string
  nextAt: number
  parkedAt: number | null
}): Statement<void> {
  return {
    sql: `UPDATE outbox
          SET attempts = attempts + 1, last_error = ?, next_at = ?, parked_at = ?, leased_until = 0
          WHERE name = ? AND done_at IS NULL`,
    args: [failed.error, failed.nextAt, failed.parkedAt, failed.name],
    parse: noRows,
  }
}

export const EFFECT_STATES = ['pending', 'parked', 'done'] as const
export type EffectState = (typeof EFFECT_STATES)[number]

/** A partial index serves only a query that repeats its condition word for word. */
const IN_STATE: Record<EffectState, string> = {
  pending: 'done_at IS NULL AND parked_at IS NULL',
  parked: 'done_at IS NULL AND parked_at IS NOT NULL',
  done: 'done_at IS NOT NULL',
}

/** Newest first. Returns one row more than `limit`, which tells whether there is another page. */
export function listEffects(of: {
  state?: EffectState | undefined
  before?: { createdAt: number; name: string } | undefined
  limit: number
}): Query<EffectRow[]> {
  const where = [
    of.state ? IN_STATE[of.state] : '1 = 1',
    ...(of.before ? ['(created_at, name) < (?, ?)'] : []),
  ]
  return query({
    select: COLUMNS,
    from: `outbox
          WHERE ${where.join(' AND ')}
          ORDER BY created_at DESC, name DESC
          LIMIT ?`,
    args: [...(of.before ? [of.before.createdAt, of.before.name] : []), of.limit + 1],
    parse: allRows(EffectRow),
  })
}

export function selectEffect(name: string): Query<EffectRow | null> {
  return query({ select: COLUMNS, from: 'outbox WHERE name = ?', args: [name], parse: firstRow(EffectRow) })
}

/** Makes an effect due again, with all of its retries. Null: the effect is done. */
export function retryEffect(
  name: string,
  at: { now: number; leasedUntil: number },
): Statement<EffectRow | null> {
  return {
    sql: `UPDATE outbox
          SET attempts = 0, next_at = ?, leased_until = ?, parked_at = NULL
          WHERE name = ? AND done_at IS NULL
          RETURNING ${COLUMNS}`,
    args: [at.now, at.leasedUntil, name],
    parse: firstRow(EffectRow),
  }
}

export const EffectCounts = z.object({
  pending: z.number(),
  parked: z.number(),
  oldest_due_at: z.number().nullable(),
})
export type EffectCounts = z.infer<typeof EffectCounts>

/** How many effects are owed, and since when. The cost grows with the owed effects, not with the done ones. */
export function countEffects(): Query<EffectCounts> {
  return query({
    select: `(SELECT count(*) FROM outbox WHERE ${IN_STATE.pending}) AS pending,
            (SELECT count(*) FROM outbox WHERE ${IN_STATE.parked}) AS parked,
            (SELECT min(next_at) FROM outbox WHERE ${IN_STATE.pending}) AS oldest_due_at`,
    from: null,
    parse: onlyRow(EffectCounts),
  })
}

const PendingCount = z.object({ pending: z.number() }).transform(({ pending }) => pending)

export function countPending(machine: string, id: string): Query<number> {
  return query({
    select: 'count(*) AS pending',
    from: 'outbox WHERE machine = ? AND id = ? AND done_at IS NULL',
    args: [machine, id],
    parse: onlyRow(PendingCount),
  })
}
