/** The SQL of when instances are looked at again. It is no part of their state, and no transition. */
import { MACHINES } from '../../machines/lifecycles.ts'
import type { Row, Statement } from './database.ts'
import { INSTANCE_COLUMNS } from './instances.ts'
import { CheckRow } from './rows.ts'

/**
 * Instances whose facts are old, the longest overdue first, each with whether its account can be reached. What only a
 * newer build has a machine for is left to it; the plus keeps the index on the time in use.
 */
export function selectDueChecks(now: number, limit: number): Statement {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}, (
            SELECT owner.value ->> 'connection'
            FROM instances AS owner
            WHERE owner.machine = 'account' AND owner.id = instances.account
          ) AS connection
          FROM instances
          WHERE check_at <= ? AND +machine IN (SELECT value FROM json_each(?))
          ORDER BY check_at
          LIMIT ?`,
    args: [now, JSON.stringify(MACHINES), limit],
  }
}

/** When the longest overdue look was due. */
export function selectOldestCheck(): Statement {
  return { sql: 'SELECT min(check_at) AS check_at FROM instances WHERE check_at IS NOT NULL', args: [] }
}

export function parseChecks(rows: readonly Row[]): CheckRow[] {
  return rows.map((row) => CheckRow.parse(row))
}

/** When to look at an instance next is no part of its state. */
export function postponeCheck(machine: string, id: string, until: number): Statement {
  return {
    sql: 'UPDATE instances SET check_at = ? WHERE machine = ? AND id = ?',
    args: [until, machine, id],
  }
}

/** Has an instance looked at soon. */
export function markForCheck(machine: string, id: string, at: number): Statement {
  return {
    sql: 'UPDATE instances SET check_at = ? WHERE machine = ? AND id = ? AND (check_at IS NULL OR check_at > ?)',
    args: [at, machine, id, at],
  }
}

/** Has what an account has looked at again, and says which of it was not to be looked at by then anyway. */
export function recheckInstances(of: {
  account: string
  since: number
  until: number
  at: number
  limit: number
}): Statement {
  const machines = MACHINES.filter((machine) => machine !== 'account')
  return {
    sql: `UPDATE instances
          SET check_at = ?
          WHERE (machine, id) IN (
            SELECT machine, id
            FROM instances
            WHERE machine IN (${machines.map(() => '?').join(', ')}) AND account = ? AND created_at BETWEEN ? AND ?
              AND (check_at IS NULL OR check_at > ?)
            LIMIT ?
          )
          RETURNING id`,
    args: [of.at, ...machines, of.account, of.since, of.until, of.at, of.limit],
  }
}
