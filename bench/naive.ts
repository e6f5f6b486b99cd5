/** Prints the table of the usual ways in bench/README.md. `HISTORIES` and `SEED` print another. */
import { COMPARED, comparison } from '../test/support/convergence/compare.ts'

const { HISTORIES, SEED } = process.env
console.log(comparison({ count: Number(HISTORIES ?? COMPARED.count), seed: Number(SEED ?? COMPARED.seed) }))
