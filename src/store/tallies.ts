/** SQL for counts that are stored as rows. Triggers maintain the counts of states and of events. */
import { z } from 'zod'
import type { Statement } from './database.ts'
import { allRows, noRows } from './parse.ts'
import { query, type Query } from './query.ts'

export const TallyRow = z.object({
  name: z.string(),
  key: z.string(),
  count: z.number(),
  /** For a state: how many moves into it were along no declared edge. */
  skipped: z.number(),
})
export type TallyRow = z.infer<typeof TallyRow>

export function selectTallies(): Query<TallyRow[]> {
  return query({
    select: 'name, key, count, skipped',
    from: 'tallies WHERE count > 0 OR skipped > 0 ORDER BY name, key',
    parse: allRows(TallyRow),
  })
}

export function addToTally(name: string, key: string, count: number): Statement<void> {
  return {
    sql: `INSERT INTO tallies (name, key, count)
          VALUES (?, ?, ?)
          ON CONFLICT (name, key) DO UPDATE SET count = count + excluded.count`,
    args: [name, key, count],
    parse: noRows,
  }
}
