/** What an account's context keeps of decisions, and when its connection becomes suspect. */
import { describe, expect, it } from 'vitest'
import { account, type LiveAccount } from '../../machines/account/account.ts'
import type { AccountFacts } from '../../machines/account/facts.ts'
import type { Effect } from '../../machines/effects.ts'
import type { Observation } from '../../machines/watermark.ts'
import { anAccount, aTruth, due, seconds, seenWhole } from '../support/an-account.ts'

type AccountEvent = Parameters<typeof account.step>[1]

function after(live: LiveAccount, event: AccountEvent): LiveAccount & { effects: Effect[] } {
  const step = account.step(live, event)
  if (step.kind !== 'moved') throw new Error(`it is still: ${step.why}`)
  return { ...step.live, effects: step.effects }
}

describe('an account keeps', () => {
  it('the reason, author and time of a hold until it is released', () => {
    const held = after(anAccount(), { type: 'operator.held', reason: 'a stolen card', by: 'ops', at: 7 })
    expect(held.context.hold).toEqual({ reason: 'a stolen card', by: 'ops', at: 7 })
    const free = after(held, { type: 'operator.released', reason: 'all well', by: 'ops', at: 8 })
    expect(free.context.hold).toBeNull()
    expect(free.value['hold']).toBe('none')
  })

  it('the latest fee policy', () => {
    const first = after(anAccount(), { type: 'fee_policy.set', policy: { bps: 100 } })
    const second = after(first, { type: 'fee_policy.set', policy: { bps: 250, min: 30 } })
    expect(second.context.fee_policy).toEqual({ bps: 250, min: 30 })
  })

  it('the time of its first onboarding link', () => {
    const first = after(anAccount(), { type: 'onboarding.link_minted', at: 5 })
    expect(first.context.link_minted_at).toBe(5)
    expect(account.step(first, { type: 'onboarding.link_minted', at: 9 })).toMatchObject({
      kind: 'unmoved',
      live: { context: { link_minted_at: 5 } },
    })
  })

  it('its first external id', () => {
    const named = after(anAccount(), { type: 'account.named', external_id: 'shop-1' })
    expect(account.externalId(named)).toBe('shop-1')
    expect(account.step(named, { type: 'account.named', external_id: 'shop-2' })).toMatchObject({
      kind: 'unmoved',
      why: 'refused',
    })
  })

  it('the metadata and fee policy of the creating request', () => {
    const told = { metadata: { plan: 'gold' }, fee_policy: { bps: 100 } }
    expect(after(anAccount(), { type: 'account.described', ...told }).context).toMatchObject(told)
  })

  it('a passed deadline, and owes one refresh a minute after it', () => {
    const withDeadline = anAccount({
      account: aTruth({
        requirements: due({ currently_due: ['business_profile.url'], current_deadline: 200 }),
      }),
    })
    expect(account.wakeAt(withDeadline)).toBe(200_000)
    const noticed = after(withDeadline, { type: 'clock.reached', at: 200_000 })
    expect(noticed.context).toMatchObject({ deadline_noticed: 200, owes_refresh: true })
    expect(noticed.effects).toEqual([{ kind: 'refresh', after_ms: 60_000 }])
    expect(account.wakeAt(noticed)).toBeNull()
    expect(account.step(noticed, { type: 'clock.reached', at: 999_000 }).kind).toBe('unmoved')
    expect(account.step(anAccount(), { type: 'clock.reached', at: 10 ** 15 }).kind).toBe('unmoved')
  })

  it('the time of a fetch that showed nothing', () => {
    const owing = after(anAccount(), heard({ account: aTruth({ charges_enabled: false }) }, 100))
    expect(owing.context.owes_refresh).toBe(true)
    const asked = { seq: owing.context.seq, at: 123_000, isOwed: true }
    const given = after(owing, { type: 'stripe.unobservable', asked, reason: 'no access' })
    expect(given.context).toMatchObject({ asked_at: 123_000, owes_refresh: false })
  })
})

/** An event created in that second. */
const heard = (observation: Observation<AccountFacts>, second: number): AccountEvent => ({
  type: 'stripe.observed',
  as_of: seconds(second),
  observation,
})
/** An answer dated that second, to a call made after everything stored was known. */
const answered = (
  live: LiveAccount,
  observation: Observation<AccountFacts>,
  second: number,
): AccountEvent => ({
  type: 'stripe.observed',
  as_of: seconds(second),
  asked: { seq: live.context.seq, at: second * 1000 },
  observation,
})
const connectionOf = ({ value, context }: LiveAccount) => ({
  state: value['connection'],
  suspect: context.facts.connection?.suspect,
})
const rechecks = ({ effects }: { effects: Effect[] }) => effects.some(({ kind }) => kind === 'recheck')

describe('a disconnected account', () => {
  const left = after(anAccount(), heard({ connection: 'disconnected' }, 150))

  it('is not suspect, and has no check of its objects scheduled', () => {
    expect(connectionOf(left)).toEqual({ state: 'disconnected', suspect: false })
    expect(left.effects).toEqual([])
  })

  it('is suspect once a newer fact of it is known', () => {
    const newer = after(left, heard({ account: aTruth({ charges_enabled: false }) }, 151))
    expect(connectionOf(newer)).toEqual({ state: 'disconnected', suspect: true })
    expect(newer.effects).toEqual([{ kind: 'refresh', after_ms: 1_000 }])
    expect(rechecks(newer), 'it is not back yet').toBe(false)
  })

  it('is suspect once any newer event of it comes', () => {
    expect(connectionOf(after(left, heard({}, 151)))).toEqual({ state: 'disconnected', suspect: true })
  })

  it.each([149, 150])(
    'is not suspect for an event of second %d, which may precede the disconnection',
    (second) => {
      const step = account.step(left, heard({ account: aTruth({ charges_enabled: false }) }, second))
      expect(connectionOf(step.live)).toEqual({ state: 'disconnected', suspect: false })
    },
  )

  it('stays disconnected while Stripe says so', () => {
    const asked = after(left, answered(left, { connection: 'disconnected' }, 160))
    expect(connectionOf(asked)).toEqual({ state: 'disconnected', suspect: false })
    expect(rechecks(asked)).toBe(false)
  })

  it('is connected when Stripe shows it, and has a check of its objects scheduled', () => {
    const back = after(left, answered(left, seenWhole(), 160))
    expect(connectionOf(back)).toEqual({ state: 'connected', suspect: false })
    expect(rechecks(back)).toBe(true)
  })

  it('is connected and suspect after an event says so, and has a check of its objects scheduled', () => {
    const back = after(left, heard({ connection: 'connected' }, 160))
    expect(connectionOf(back)).toEqual({ state: 'connected', suspect: true })
    expect(rechecks(back)).toBe(true)
    expect(back.effects).toContainEqual({ kind: 'refresh', after_ms: 1_000 })
  })

  it('stays disconnected after an older event says that it connected', () => {
    const step = account.step(left, heard({ connection: 'connected' }, 140))
    expect(connectionOf(step.live)).toEqual({ state: 'disconnected', suspect: false })
  })
})

describe('a connected account', () => {
  const here = anAccount()

  it('has no check of its objects scheduled when it begins', () => {
    const input = { id: 'acct_1', external_id: null, metadata: {}, fee_policy: null }
    const first = account.begin(input, heard({ connection: 'connected', account: aTruth() }, 100))
    expect(rechecks(first)).toBe(false)
  })

  it('treats an older event of its connection as stale', () => {
    expect(account.step(here, heard({ account: aTruth({ charges_enabled: false }) }, 99))).toMatchObject({
      kind: 'unmoved',
      why: 'stale',
    })
  })

  it('is suspect when an event says that it connected: the disconnection was missed', () => {
    const back = after(here, heard({ connection: 'connected' }, 160))
    expect(connectionOf(back)).toEqual({ state: 'connected', suspect: true })
    expect(rechecks(back)).toBe(true)
  })

  it('is not suspect when an event older than its last observation says that it connected', () => {
    const step = account.step(here, heard({ connection: 'connected' }, 99))
    expect(connectionOf(step.live)).toEqual({ state: 'connected', suspect: false })
  })

  it.each([
    [
      'hears of another fact',
      (live: LiveAccount) => heard({ account: aTruth({ charges_enabled: false }) }, live.context.seq + 160),
    ],
    [
      'is looked at',
      (live: LiveAccount) => answered(live, seenWhole({ account: aTruth({ country: 'DE' }) }), 160),
    ],
  ])('is not suspect, and owes no recheck of its objects, when it %s', (_, event) => {
    const next = after(here, event(here))
    expect(connectionOf(next)).toEqual({ state: 'connected', suspect: false })
    expect(rechecks(next)).toBe(false)
  })
})
