/** SQL for instances: the current state of each account, payment and payout. */
import { z } from 'zod'
import type { Stored } from '../../machines/lifecycle.ts'
import type { Statement } from './database.ts'
import { allRows, firstRow, json, noRows } from './parse.ts'
import { query, type Query } from './query.ts'

export const InstanceRow = z.object({
  machine: z.string(),
  id: z.string(),
  account: z.string(),
  external_id: z.string().nullable(),
  seq: z.number(),
  version: z.number(),
  value: json(z.record(z.string(), z.string())),
  context: json(z.unknown()),
  created_at: z.number(),
  updated_at: z.number(),
})
export type InstanceRow = z.infer<typeof InstanceRow>

export const INSTANCE_COLUMNS =
  'machine, id, account, external_id, seq, version, value, context, created_at, updated_at'

export function selectInstance(machine: string, id: string): Query<InstanceRow | null> {
  return query({
    select: INSTANCE_COLUMNS,
    from: 'instances WHERE machine = ? AND id = ?',
    args: [machine, id],
    parse: firstRow(InstanceRow),
  })
}

const InstanceId = z.object({ id: z.string() }).transform(({ id }) => id)

/** Those of the ids that are stored. */
export function selectKnownIds(machine: string, ids: readonly string[]): Statement<string[]> {
  return {
    sql: `SELECT id
          FROM instances
          WHERE machine = ? AND id IN (SELECT value FROM json_each(?))`,
    args: [machine, JSON.stringify(ids)],
    parse: allRows(InstanceId),
  }
}

export function selectByExternalId(machine: string, externalId: string): Query<InstanceRow | null> {
  return query({
    select: INSTANCE_COLUMNS,
    from: 'instances WHERE machine = ? AND external_id = ?',
    args: [machine, externalId],
    parse: firstRow(InstanceRow),
  })
}

/** The instance that another Stripe id is an alias of. */
export function selectByAlias(machine: string, alias: string): Statement<InstanceRow | null> {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE machine = ? AND id = (SELECT id FROM aliases WHERE alias = ?)`,
    args: [machine, alias],
    parse: firstRow(InstanceRow),
  }
}

export function insertAlias(alias: string, machine: string, id: string): Statement<void> {
  return {
    sql: 'INSERT INTO aliases (alias, machine, id) VALUES (?, ?, ?) ON CONFLICT (alias) DO NOTHING',
    args: [alias, machine, id],
    parse: noRows,
  }
}

/** Newest first. Returns one row more than `limit`, which tells whether there is another page. */
export function listInstances(at: {
  machine: string
  account?: string | undefined
  externalId?: string | undefined
  /** Region → state. */
  states?: Record<string, string | undefined>
  before?: { createdAt: number; id: string } | undefined
  limit: number
}): Query<InstanceRow[]> {
  // A partial index serves only a literal, not a bound argument.
  const where = [`machine = '${sqlName(at.machine)}'`]
  const args: (string | number)[] = []
  const add = (condition: string, ...values: (string | number)[]) => {
    where.push(condition)
    args.push(...values)
  }
  if (at.account !== undefined) add('account = ?', at.account)
  if (at.externalId !== undefined) add('external_id = ?', at.externalId)
  for (const [region, state] of Object.entries(at.states ?? {})) {
    if (state !== undefined) add(`value ->> '${sqlName(region)}' = ?`, state)
  }
  if (at.before) add('(created_at, id) < (?, ?)', at.before.createdAt, at.before.id)
  return query({
    select: INSTANCE_COLUMNS,
    from: `instances
          WHERE ${where.join(' AND ')}
          ORDER BY created_at DESC, id DESC
          LIMIT ?`,
    args: [...args, at.limit + 1],
    parse: allRows(InstanceRow),
  })
}

export const StateCountRow = z.object({ state: z.string(), count: z.number() })
export type StateCountRow = z.infer<typeof StateCountRow>

/** How many instances of the machine are in each state of a region, largest count first. */
export function countStates(machine: string, region: string): Statement<StateCountRow[]> {
  const state = `value ->> '${sqlName(region)}'`
  return {
    sql: `SELECT ${state} AS state, count(*) AS count
          FROM instances
          WHERE machine = '${sqlName(machine)}'
          GROUP BY ${state}
          ORDER BY count(*) DESC`,
    args: [],
    parse: allRows(StateCountRow),
  }
}

/**
 * Instances whose timer is due, longest overdue first. Skips machines that only a newer build has. The unary plus keeps
 * SQLite on the index over `wake_at`, which has few rows.
 */
export function selectDue(machines: readonly string[], now: number, limit: number): Statement<InstanceRow[]> {
  return {
    sql: `SELECT ${INSTANCE_COLUMNS}
          FROM instances
          WHERE wake_at <= ? AND +machine IN (SELECT value FROM json_each(?))
          ORDER BY wake_at
          LIMIT ?`,
    args: [now, JSON.stringify(machines), limit],
    parse: allRows(InstanceRow),
  }
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
  /** True: Stripe was asked. An overdue check is cleared only if Stripe was asked after it fell due. */
  wasAsked: boolean
  at: number
}

export function saveInstance(instance: SavedInstance): Statement<void> {
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
    parse: noRows,
  }
}

/** A machine or region name, safe to write into SQL as a literal. */
function sqlName(name: string): string {
  if (!/^[a-z_]+$/.test(name)) throw new Error(`${name} is no name of a machine or region`)
  return name
}
