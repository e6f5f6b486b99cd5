/**
 * Fills a database to the size of a real platform's. It copies an account that went through the API, with its history,
 * under other ids. Each copy gets ten inbox events, a month apart; only the last one still has its payload.
 */
import { DatabaseSync } from 'node:sqlite'

const EVENTS_PER_ACCOUNT = 10
const ACCOUNTS_PER_TRANSACTION = 5_000

const COPIES = 'WITH copies AS (SELECT value AS id, key AS n FROM json_each(:ids))'

const STATEMENTS = [
  `${COPIES}
   INSERT INTO transitions (machine, id, seq, at, event, cause_kind, cause_id, from_value, to_value, changed)
   SELECT machine, copies.id, seq, at, event, cause_kind, cause_id, from_value, to_value,
          replace(changed, :account, copies.id)
   FROM copies, transitions
   WHERE transitions.machine = 'account' AND transitions.id = :account`,
  `${COPIES}
   INSERT INTO instances (machine, id, account, external_id, seq, version, value, context,
                          wake_at, check_at, created_at, updated_at)
   SELECT machine, copies.id, copies.id, copies.id, seq, version, value,
          json_set(replace(context, :account, copies.id), '$.external_id', copies.id),
          wake_at, check_at, created_at + copies.n, updated_at + copies.n
   FROM copies, instances
   WHERE instances.machine = 'account' AND instances.id = :account`,
  `${COPIES}, of_each AS (SELECT value AS k FROM json_each(:of_each))
   INSERT INTO inbox (id, type, account, source, created, received_at, payload, outcome, detail)
   SELECT 'evt_' || copies.id || 'x' || k, type, copies.id, source, created - 31 * 86400 * k,
          received_at - 31 * 86400000 * k + copies.n,
          CASE WHEN k = 0 THEN replace(payload, :account, copies.id) END, outcome, detail
   FROM copies, of_each, inbox
   WHERE inbox.id = :event`,
]

/** The account to copy, and the id of its last event. */
export interface Original {
  account: string
  event: string
}

/**
 * Writes to the database file directly, so the server must be stopped. A million accounts take minutes, and no write-ahead
 * log grows. `onProgress` gets the number of copied accounts.
 */
export function copyAccounts(
  file: string,
  copies: readonly { original: Original; ids: readonly string[] }[],
  onProgress: (done: number) => void = () => {},
): void {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000')
    const of_each = JSON.stringify(Array.from({ length: EVENTS_PER_ACCOUNT }, (_, k) => k))
    let done = 0
    for (const { original, ids } of copies) {
      for (let start = 0; start < ids.length; start += ACCOUNTS_PER_TRANSACTION) {
        const chunk = ids.slice(start, start + ACCOUNTS_PER_TRANSACTION)
        database.exec('BEGIN')
        for (const sql of STATEMENTS) {
          const statement = database.prepare(sql)
          statement.setAllowUnknownNamedParameters(true)
          statement.run({ ids: JSON.stringify(chunk), of_each, ...original })
        }
        database.exec('COMMIT')
        done += chunk.length
        onProgress(done)
      }
    }
    database.exec('PRAGMA journal_mode = WAL')
  } finally {
    database.close()
  }
}
