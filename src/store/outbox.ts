/** The SQL of the outbox: effects owed, each under a name it keeps. */
import type { Effect } from '../../machines/effects.ts'
import type { Row, Statement } from './database.ts'
import { EffectRow } from './rows.ts'

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

/** `leasedUntil` keeps cron away from an effect that whoever owes it is about to run. */
export function insertEffect(owed: Owed, at: number, leasedUntil: number): Statement {
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
  }
}

/** Takes what is due and nobody holds, one runner each: the lease is the claim. */
export function claimEffects(at: { now: number; leasedUntil: number; limit: number }): Statement {
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
  }
}

export function finishEffect(name: string, at: number): Statement {
  return {
    sql: `UPDATE outbox
          SET done_at = coalesce(done_at, ?), parked_at = NULL, attempts = attempts + 1, last_error = NULL
          WHERE name = ?`,
    args: [at, name],
  }
}

/** Ends every refresh an instance still owes, parked ones too: it has been asked for just now. */
export function finishRefreshes(machine: string, id: string, at: number): Statement {
  return {
    sql: `UPDATE outbox
          SET done_at = ?, parked_at = NULL
          WHERE machine = ? AND id = ? AND done_at IS NULL AND effect ->> 'kind' = 'refresh'`,
    args: [at, machine, id],
  }
}

/** `parkedAt` set: tried often enough; it waits for an operator. */
export function failEffect(failed: {
  name: string
  error: string
  nextAt: number
  parkedAt: number | null
}): Statement {
  return {
    sql: `UPDATE outbox
          SET attempts = attempts + 1, last_error = ?, next_at = ?, parked_at = ?, leased_until = 0
          WHERE name = ? AND done_at IS NULL`,
    args: [failed.error, failed.nextAt, failed.parkedAt, failed.name],
  }
}

export const EFFECT_STATES = ['pending', 'parked', 'done'] as const
export type EffectState = (typeof EFFECT_STATES)[number]

/** Written out as the indexes are, which find nothing else. */
const IN_STATE: Record<EffectState, string> = {
  pending: 'done_at IS NULL AND parked_at IS NULL',
  parked: 'done_at IS NULL AND parked_at IS NOT NULL',
  done: 'done_at IS NOT NULL',
}

/** Newest first, one row more than asked for. */
export function listEffects(of: {
  state?: EffectState | undefined
  before?: { createdAt: number; name: string } | undefined
  limit: number
}): Statement {
  const where = [
    of.state ? IN_STATE[of.state] : '1 = 1',
    ...(of.before ? ['(created_at, name) < (?, ?)'] : []),
  ]
  return {
    sql: `SELECT ${COLUMNS}
          FROM outbox
          WHERE ${where.join(' AND ')}
          ORDER BY created_at DESC, name DESC
          LIMIT ?`,
    args: [...(of.before ? [of.before.createdAt, of.before.name] : []), of.limit + 1],
  }
}

export function selectEffect(name: string): Statement {
  return { sql: `SELECT ${COLUMNS} FROM outbox WHERE name = ?`, args: [name] }
}

/** Has an effect that is not done run again, from the first try. No row comes back when it is done. */
export function retryEffect(name: string, at: { now: number; leasedUntil: number }): Statement {
  return {
    sql: `UPDATE outbox
          SET attempts = 0, next_at = ?, leased_until = ?, parked_at = NULL
          WHERE name = ? AND done_at IS NULL
          RETURNING ${COLUMNS}`,
    args: [at.now, at.leasedUntil, name],
  }
}

/** How much is owed, and since when. Costs what is owed, not what was. */
export function countEffects(): Statement {
  return {
    sql: `SELECT
            (SELECT count(*) FROM outbox WHERE ${IN_STATE.pending}) AS pending,
            (SELECT count(*) FROM outbox WHERE ${IN_STATE.parked}) AS parked,
            (SELECT min(next_at) FROM outbox WHERE ${IN_STATE.pending}) AS oldest_due_at`,
    args: [],
  }
}

export function countPending(machine: string, id: string): Statement {
  return {
    sql: 'SELECT count(*) AS pending FROM outbox WHERE machine = ? AND id = ? AND done_at IS NULL',
    args: [machine, id],
  }
}

export function parseEffects(rows: readonly Row[]): EffectRow[] {
  return rows.map((row) => EffectRow.parse(row))
}
