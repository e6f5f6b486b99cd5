/** Mutates the machines, and runs their own tests. */
import { mutating } from './settings.ts'

export default mutating('machines', {
  mutate: ['machines/**/*.ts', '!machines/drawing/**', '!machines/drawings.ts'],
  vitest: 'test/mutation/vitest.machines.ts',
})
