/** SQL for leases: one holder at a time does the work that the lease names. */
import type { Statement } from './database.ts'
import { hasRows, noRows } from './parse.ts'

/** True: the caller now holds the lease. It was free or expired, or the caller held it already. */
export function claimLease(lease: {
  name: string
  holder: string
  now: number
  until: number
}): Statement<boolean> {
  return {
    sql: `INSERT INTO leases (name, holder, held_until)
          VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET
            holder = excluded.holder,
            held_until = excluded.held_until
          WHERE held_until <= ? OR holder = excluded.holder
          RETURNING name`,
    args: [lease.name, lease.holder, lease.until, lease.now],
    parse: hasRows,
  }
}

export function releaseLease(name: string, holder: string): Statement<void> {
  return {
    sql: 'DELETE FROM leases WHERE name = ? AND holder = ?',
    args: [name, holder],
    parse: noRows,
  }
}
