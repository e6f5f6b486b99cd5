/**
 * `npm run demo`: one account's whole story against the running local stack, told as a timeline of its machines' states.
 * Ends with 1 at the first step that is not as told.
 */
import { readSettings } from '../settings.ts'
import { findStack } from './stack.ts'
import { tell } from './story.ts'
import { timeline } from './timeline.ts'

try {
  await tell(await findStack(readSettings(process.env)), timeline(console.log))
  console.log('\nAs told, from beginning to end.')
} catch (error) {
  console.error(`\nNot as told: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
