/** SQL for transitions: the history of each instance. A batch inserts them first; their key is the optimistic lock. */
import { z } from 'zod'
import type { Changes } from '../../machines/changes.ts'
import type { RegionStates } from '../../machines/gates.ts'
import type { Statement } from './database.ts'
import { allRows, firstRow, json, noRows } from './parse.ts'
import { query, type Query } from './query.ts'

export const TransitionRow = z.object({
  machine: z.string(),
  id: z.string(),
  seq: z.number(),
  at: z.number(),
  event: z.string(),
  cause_kind: z.string(),
  cause_id: z.string(),
  from_value: json(z.record(z.string(), z.string())).nullable(),
  to_value: json(z.record(z.string(), z.string())),
  changed: json(z.record(z.string(), z.tuple([z.unknown(), z.unknown()]))),
  skipped: json(z.array(z.string())).nullable(),
})
export type TransitionRow = z.infer<typeof TransitionRow>

const COLUMNS = 'machine, id, seq, at, event, cause_kind, cause_id, from_value, to_value, changed, skipped'

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

export function insertTransition(transition: Transition): Statement<void> {
  const { machine, id, seq, at, event, cause, from, to, changed, skipped } = transition
  return {
    sql: `INSERT INTO transitions (${COLUMNS})
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
    parse: noRows,
  }
}

export function selectTransition(machine: string, id: string, seq: number): Statement<TransitionRow | null> {
  return {
    sql: `SELECT ${COLUMNS}
          FROM transitions
          WHERE machine = ? AND id = ? AND seq = ?`,
    args: [machine, id, seq],
    parse: firstRow(TransitionRow),
  }
}

/** Newest first. Returns one row more than `limit`, which tells whether there is another page. */
export function listTransitions(at: {
  machine: string
  id: string
  before?: number | undefined
  limit: number
}): Query<TransitionRow[]> {
  return query({
    select: COLUMNS,
    from: `transitions
          WHERE machine = ? AND id = ? AND seq < ?
          ORDER BY seq DESC
          LIMIT ?`,
    args: [at.machine, at.id, at.before ?? Number.MAX_SAFE_INTEGER, at.limit + 1],
    parse: allRows(TransitionRow),
  })
}
