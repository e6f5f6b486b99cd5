/** The SQL of instances and their history. Every write of a transition starts with its history row: that is the lock. */
import type { Changes } from '../../machines/changes.ts'
import type { RegionStates } from '../../machines/gates.ts'
import type { Stored } from '../../machines/lifecycle.ts'
import { MACHINES, type MachineName } from '../../machines/lifecycles.ts'
import type { Row, Statement } from './database.ts'
import { InstanceRow, StateCountRow, TransitionRow } from './rows.ts'

export const INSTANCE_COLUMNS =
  'machine, id, account, external_id, seq, version, value, context, created_at, updated_at'

export function selectInstance(machine: string, id: string): Statement {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE machine = ? AND id = ?`,
    args: [machine, id],
  }
}

/** Which of these are known. */
export function selectKnownIds(machine: string, ids: readonly string[]): Statement {
  return {
    sql: `SELECT id
          FROM instances
          WHERE machine = ? AND id IN (SELECT value FROM json_each(?))`,
    args: [machine, JSON.stringify(ids)],
  }
}

export function selectByExternalId(machine: string, externalId: string): Statement {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE machine = ? AND external_id = ?`,
    args: [machine, externalId],
  }
}

/** The instance another of Stripe's ids stands for. */
export function selectByAlias(machine: string, alias: string): Statement {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE machine = ? AND id = (SELECT id FROM aliases WHERE alias = ?)`,
    args: [machine, alias],
  }
}

export function insertAlias(alias: string, machine: string, id: string): Statement {
  return {
    sql: 'INSERT INTO aliases (alias, machine, id) VALUES (?, ?, ?) ON CONFLICT (alias) DO NOTHING',
    args: [alias, machine, id],
  }
}

/** Newest first, one row more than asked for, which tells whether there is another page. */
export function listInstances(at: {
  machine: MachineName
  account?: string | undefined
  externalId?: string | undefined
  /** Region → state. */
  states?: Record<string, string | undefined>
  before?: { createdAt: number; id: string } | undefined
  limit: number
}): Statement {
  // Machine and region come from closed lists of ours. Written out, they are what the partial indexes are built on.
  const where = [`machine = '${at.machine}'`]
  const args: (string | number)[] = []
  const add = (condition: string, ...values: (string | number)[]) => {
    where.push(condition)
    args.push(...values)
  }
  if (at.account !== undefined) add('account = ?', at.account)
  if (at.externalId !== undefined) add('external_id = ?', at.externalId)
  for (const [region, state] of Object.entries(at.states ?? {})) {
    if (state !== undefined) add(`value ->> '${region}' = ?`, state)
  }
  if (at.before) add('(created_at, id) < (?, ?)', at.before.createdAt, at.before.id)
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE ${where.join(' AND ')}
          ORDER BY created_at DESC, id DESC
          LIMIT ?`,
    args: [...args, at.limit + 1],
  }
}

/** How many instances of the machine are in each state of a region, the most first. */
export function countStates(machine: MachineName, region: string): Statement {
  return {
    sql: `SELECT value ->> '${region}' AS state, count(*) AS count
          FROM instances
          WHERE machine = '${machine}'
          GROUP BY value ->> '${region}'
          ORDER BY count(*) DESC`,
    args: [],
  }
}

export function parseStateCounts(rows: readonly Row[]): StateCountRow[] {
  return rows.map((row) => StateCountRow.parse(row))
}

/**
 * Instances whose wait has ended, the longest overdue first. What only a newer build has a machine for is left to it; the
 * plus keeps the index on the time, of which there are few, in use.
 */
export function selectDue(now: number, limit: number): Statement {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE wake_at <= ? AND +machine IN (SELECT value FROM json_each(?))
          ORDER BY wake_at
          LIMIT ?`,
    args: [now, JSON.stringify(MACHINES), limit],
  }
}

export function parseInstances(rows: readonly Row[]): InstanceRow[] {
  return rows.map((row) => InstanceRow.parse(row))
}

export interface Transition {
  machine: string
  id: string
  seq: number
  at: number
  event: string
  cause: { kind: string; id: string }
  from: RegionStates | null
  to: RegionStates
  changed: Changes
  /** Regions that moved along none of their declared edges. */
  skipped: readonly string[]
}

export function insertTransition(transition: Transition): Statement {
  const { machine, id, seq, at, event, cause, from, to, changed, skipped } = transition
  return {
    sql: `INSERT INTO transitions (machine, id, seq, at, event, cause_kind, cause_id, from_value, to_value, changed, skipped)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      machine,
      id,
      seq,
      at,
      event,
      cause.kind,
      cause.id,
      from && JSON.stringify(from),
      JSON.stringify(to),
      JSON.stringify(changed),
      skipped.length > 0 ? JSON.stringify(skipped) : null,
    ],
  }
}

export function selectTransition(machine: string, id: string, seq: number): Statement {
  return {
    sql: `SELECT machine, id, seq, at, event, cause_kind, cause_id, from_value, to_value, changed, skipped
          FROM transitions
          WHERE machine = ? AND id = ? AND seq = ?`,
    args: [machine, id, seq],
  }
}

/** Newest first, one row more than asked for. */
export function listTransitions(at: {
  machine: string
  id: string
  before?: number | undefined
  limit: number
}): Statement {
  return {
    sql: `SELECT machine, id, seq, at, event, cause_kind, cause_id, from_value, to_value, changed, skipped
          FROM transitions
          WHERE machine = ? AND id = ? AND seq < ?
          ORDER BY seq DESC
          LIMIT ?`,
    args: [at.machine, at.id, at.before ?? Number.MAX_SAFE_INTEGER, at.limit + 1],
  }
}

export function parseTransitions(rows: readonly Row[]): TransitionRow[] {
  return rows.map((row) => TransitionRow.parse(row))
}

export interface SavedInstance {
  machine: string
  id: string
  account: string
  externalId: string | null
  seq: number
  stored: Stored
  wakeAt: number | null
  checkAt: number | null
  /** Stripe was asked. A look that is due stays due otherwise, and where it came to be due after the question. */
  wasAsked: boolean
  at: number
}

export function saveInstance(instance: SavedInstance): Statement {
  const { machine, id, account, externalId, seq, stored, wakeAt, checkAt, wasAsked, at } = instance
  return {
    sql: `INSERT INTO instances (machine, id, account, external_id, seq, version, value, context,
                                 wake_at, check_at, created_at, updated_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (machine, id) DO UPDATE SET
            external_id = excluded.external_id,
            seq = excluded.seq,
            version = excluded.version,
            value = excluded.value,
            context = excluded.context,
            wake_at = excluded.wake_at,
            check_at = CASE
              WHEN check_at <= excluded.updated_at AND (? = 0 OR check_at > excluded.context ->> 'asked_at') THEN check_at
              ELSE excluded.check_at
            END,
            updated_at = excluded.updated_at`,
    args: [
      machine,
      id,
      account,
      externalId,
      seq,
      stored.version,
      JSON.stringify(stored.value),
      JSON.stringify(stored.context),
      wakeAt,
      checkAt,
      at,
      at,
      wasAsked ? 1 : 0,
    ],
  }
}
