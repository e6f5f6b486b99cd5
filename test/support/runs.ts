/** How often random tests run: few times in `check`, many in `npm run test:long`, always from a seed that is printed. */

const isLong = process.env['LONG'] !== undefined

/** The same in every check, so that it never fails for nothing anybody did; another in every long run. */
export const SEED = Number(process.env['SEED'] ?? (isLong ? Date.now() % 2 ** 31 : 20_261_028))
if (isLong) console.log(`SEED=${SEED}`)

/** `RUNS`: another number for all, as when everything is played again for each mutant. */
export function runs(inCheck: number, inLong: number): number {
  return Number(process.env['RUNS'] ?? (isLong ? inLong : inCheck))
}

/** No long run may hang for ever, either. */
export const TIMEOUT = isLong ? 4 * 3_600_000 : 120_000
