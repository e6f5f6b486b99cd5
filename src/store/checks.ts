/** SQL for checks: when the reconciler fetches an instance again. `check_at` is not part of an instance's state. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { INSTANCE_COLUMNS, InstanceRow } from './instances.ts'
import { allRows, countRows, noRows, onlyRow } from './parse.ts'
import { query, type Query } from './query.ts'

/** `owner_value`: the region states of the instance's account; null: unknown. */
export const CheckRow = InstanceRow.extend({ owner_value: InstanceRow.shape.value.nullable() })
export type CheckRow = z.infer<typeof CheckRow>

/**
 * Instances whose check is due, longest overdue first. Skips machines that only a newer build has. The unary plus keeps
 * SQLite on the index over `check_at`.
 */
export function selectDueChecks(
  machines: readonly string[],
  now: number,
  limit: number,
): Statement<CheckRow[]> {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}, (
            SELECT owner.value
            FROM instances AS owner
            WHERE owner.machine = 'account' AND owner.id = instances.account
          ) AS owner_value
          FROM instances
          WHERE check_at <= ? AND +machine IN (SELECT value FROM json_each(?))
          ORDER BY check_at
          LIMIT ?`,
    args: [now, JSON.stringify(machines), limit],
    parse: allRows(CheckRow),
  }
}

const OldestCheck = z.object({ check_at: z.number().nullable() }).transform(({ check_at }) => check_at)

/** When the longest overdue check was due. */
export function selectOldestCheck(): Query<number | null> {
  return query({
    select: '(SELECT min(check_at) FROM instances WHERE check_at IS NOT NULL) AS check_at',
    from: null,
    parse: onlyRow(OldestCheck),
  })
}

/** Moves the check of an instance to `until`. */
export function postponeCheck(machine: string, id: string, until: number): Statement<void> {
  return {
    sql: 'UPDATE instances SET check_at = ? WHERE machine = ? AND id = ?',
    args: [until, machine, id],
    parse: noRows,
  }
}

/** Moves the check of an instance to `at`, unless it is due earlier. */
export function markForCheck(machine: string, id: string, at: number): Statement<void> {
  return {
    sql: 'UPDATE instances SET check_at = ? WHERE machine = ? AND id = ? AND (check_at IS NULL OR check_at > ?)',
    args: [at, machine, id, at],
    parse: noRows,
  }
}

/** Moves the checks of what an account owns to `at`, unless due earlier. Returns how many it moved. */
export function makeChecksDue(of: {
  machines: readonly string[]
  account: string
  since: number
  until: number
  at: number
  limit: number
}): Statement<number> {
  return {
    sql: `UPDATE instances
          SET check_at = ?
          WHERE (machine, id) IN (
            SELECT machine, id
            FROM instances
            WHERE machine IN (${of.machines.map(() => '?').join(', ')}) AND account = ? AND created_at BETWEEN ? AND ?
              AND (check_at IS NULL OR check_at > ?)
            LIMIT ?
          )
          RETURNING id`,
    args: [of.at, ...of.machines, of.account, of.since, of.until, of.at, of.limit],
    parse: countRows,
  }
}
