/** `npm run bench:naive`: prints the README's table of naive approaches. `HISTORIES` and `SEED` select other histories. */
import { COMPARED, comparison } from '../test/support/convergence/compare.ts'

const { HISTORIES, SEED } = process.env
console.log(comparison({ count: Number(HISTORIES ?? COMPARED.count), seed: Number(SEED ?? COMPARED.seed) }))
