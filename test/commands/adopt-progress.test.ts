/** The progress of `npm run adopt`: a bar on a terminal, lines in a log. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { barProgress, lineProgress } from '../../src/commands/progress.ts'

it('the bar says "at least" until the last page, because Stripe returns no total', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const bar = barProgress(stream)
  bar.at(100, true)
  bar.at(140, false)
  bar.end()
  const drawn = String(stream.read())
  expect(drawn).toContain('100 of at least 200 accounts')
  expect(drawn).toMatch(/█ 140 of 140 accounts/)
})

it('the log gets a line per thousand accounts and one at the end', () => {
  const lines: string[] = []
  const progress = lineProgress({ err: (line) => void lines.push(line) })
  for (let done = 100; done < 2_100; done += 100) progress.at(done, true)
  progress.at(2_150, false)
  expect(lines).toEqual(['1000 accounts so far', '2000 accounts so far', '2150 accounts in total'])
})
