/**
 * `npm run demo`: plays one account's life against the running local stack, and prints a timeline of its states. Every step
 * is checked; the first failed check ends the demo with exit code 1.
 */
import { readSettings } from '../settings.ts'
import { findStack } from './stack.ts'
import { playStory } from './story.ts'
import { timeline } from './timeline.ts'

try {
  await playStory(await findStack(readSettings(process.env)), timeline(console.log))
  console.log('\nAll steps passed.')
} catch (error) {
  console.error(`\nThis step failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
