/** The SQL of leases: who does what only one should do at a time. */
import type { Statement } from './database.ts'

/** Returns a row to whoever has it now: nobody had it, its time was over, or it was theirs already. */
export function claimLease(lease: { name: string; holder: string; now: number; until: number }): Statement {
  return {
    sql: `INSERT INTO leases (name, holder, held_until)
          VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET
            holder = excluded.holder,
            held_until = excluded.held_until
          WHERE held_until <= ? OR holder = excluded.holder
          RETURNING name`,
    args: [lease.name, lease.holder, lease.until, lease.now],
  }
}

export function releaseLease(name: string, holder: string): Statement {
  return { sql: 'DELETE FROM leases WHERE name = ? AND holder = ?', args: [name, holder] }
}
