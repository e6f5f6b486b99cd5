/** How far `npm run adopt` has come, for a person who watches and for a file that is kept. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { barProgress, lineProgress } from '../../src/commands/progress.ts'

it('draws a bar that promises no more than Stripe does: at least a page more, until the last', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const bar = barProgress(stream)
  bar.at(100, true)
  bar.at(140, false)
  bar.end()
  const drawn = String(stream.read())
  expect(drawn).toContain('100 of at least 200 accounts')
  expect(drawn).toMatch(/█ 140 of 140 accounts/)
})

it('writes a line for each thousand, and one at the end', () => {
  const lines: string[] = []
  const progress = lineProgress({ err: (line) => void lines.push(line) })
  for (let done = 100; done < 2_100; done += 100) progress.at(done, true)
  progress.at(2_150, false)
  expect(lines).toEqual(['1000 accounts, and more', '2000 accounts, and more', '2150 accounts, all'])
})
