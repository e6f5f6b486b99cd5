/** Run counts and seeds of random tests: few runs in `check`, many in `npm run test:long`. */

const isLong = process.env['LONG'] !== undefined

/** Fixed in `check`, so that only a change of the code can fail it. Each long run has a new seed, and prints it. */
export const SEED = Number(process.env['SEED'] ?? (isLong ? Date.now() % 2 ** 31 : 20_261_028))
if (isLong) console.log(`SEED=${SEED}`)

/** The environment variable `RUNS` overrides both: mutation tests repeat everything for each mutant. */
export function runs(inCheck: number, inLong: number): number {
  return Number(process.env['RUNS'] ?? (isLong ? inLong : inCheck))
}

/** A long run must end, too. */
export const TIMEOUT = isLong ? 4 * 3_600_000 : 120_000
