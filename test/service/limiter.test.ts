import { describe, expect, it } from 'vitest'
import { WINDOW_MS, windowLimiter } from '../../src/limiter.ts'

describe('the rate limiter', () => {
  it('allows a fixed number of calls a minute, separately for each key', async () => {
    let now = 1_000 * WINDOW_MS
    const limiter = windowLimiter({ now: () => now, calls: 2 })
    const allowed = async (key: string) => (await limiter.limit({ key })).success
    expect([await allowed('a'), await allowed('a'), await allowed('a')]).toEqual([true, true, false])
    expect(await allowed('b')).toBe(true)
    now += WINDOW_MS
    expect(await allowed('a')).toBe(true)
  })
})
