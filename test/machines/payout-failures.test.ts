/** What a failed payout needs, how it closes the account's payout gate, and which facts open it again. */
import { describe, expect, it } from 'vitest'
import { account, accountBlockers, type LiveAccount } from '../../machines/account/account.ts'
import { failingDestinations } from '../../machines/account/destinations.ts'
import type { AccountEvent } from '../../machines/account/events.ts'
import type { AccountFacts, ExternalAccount } from '../../machines/account/facts.ts'
import {
  byUrgency,
  FAILURE_CLASSES,
  failureClass,
  isUsable,
  type FailureClass,
} from '../../machines/account/payout-failure.ts'
import { payoutParentEvent } from '../../machines/payout/parent-event.ts'
import type { Observation } from '../../machines/watermark.ts'
import { aFailedPayout, aPayout, aPayoutSummary, aPayoutEvent } from '../support/a-payout.ts'
import { anAccount, aTruth, seconds } from '../support/an-account.ts'

const aBank = (status: string | null, over: Partial<ExternalAccount> = {}): ExternalAccount => ({
  object: 'bank_account',
  status,
  currency: 'usd',
  default_for_currency: true,
  instant: false,
  ...over,
})
const banks = (items: Record<string, ExternalAccount>, all = true): Observation<AccountFacts> => ({
  external_accounts: { items, all },
})
const bank = (status: string | null, id = 'ba_1'): Observation<AccountFacts> => banks({ [id]: aBank(status) })

type EventInput = Exclude<AccountEvent, { type: 'facts.changed' }>

const observation = (second: number, what: Observation<AccountFacts>): EventInput => ({
  type: 'stripe.observed',
  as_of: seconds(second),
  observation: what,
})

/** An account with a usable bank account, after these events. */
const after = (...events: EventInput[]): LiveAccount =>
  events.reduce((live, event) => account.step(live, event).live, anAccount(bank('new')))

const payouts = ({ value }: LiveAccount) => value['payouts']
const blockers = (live: LiveAccount) => accountBlockers('payout', live)

describe('the class of a failure', () => {
  it('sorts by urgency', () => {
    const all = Object.keys(FAILURE_CLASSES) as FailureClass[]
    const inOrder = ['needs_new_bank_account', 'needs_platform', 'negative_balance', 'heals_by_itself']
    expect(all.toSorted(byUrgency)).toEqual(inOrder)
    expect(all.toReversed().sort(byUrgency)).toEqual(inOrder)
  })

  const automatic = (failure_code: string | null) => ({ failure_code, automatic: true })

  it.each([
    'account_closed',
    'account_frozen',
    'bank_account_restricted',
    'bank_ownership_changed',
    'debit_not_authorized',
    'declined',
    'incorrect_account_holder_address',
    'incorrect_account_holder_name',
    'incorrect_account_holder_tax_id',
    'invalid_account_number',
    'invalid_currency',
    'no_account',
    'unsupported_card',
  ])('is a new bank account after %s, whatever Stripe makes of the account', (code) => {
    expect(
      [undefined, null, 'new', 'errored'].map((status) => failureClass(automatic(code), status)),
    ).toEqual(Array.from({ length: 4 }, () => 'needs_new_bank_account'))
  })

  it('is negative_balance for insufficient_funds', () => {
    expect(failureClass(automatic('insufficient_funds'), 'errored')).toBe('negative_balance')
  })

  it('is heals_by_itself for a temporary failure of an automatic payout to a usable account', () => {
    expect(failureClass(automatic('could_not_process'), 'new')).toBe('heals_by_itself')
    expect(failureClass(automatic('could_not_process'), null)).toBe('heals_by_itself')
  })

  it('is needs_platform for a payout that Stripe does not repeat', () => {
    expect(failureClass({ failure_code: 'could_not_process', automatic: false }, 'new')).toBe(
      'needs_platform',
    )
  })

  it.each(['errored', 'verification_failed', 'tokenized_account_number_deactivated'])(
    'is needs_new_bank_account, whatever the code, once the bank account is %s',
    (status) => {
      expect(failureClass(automatic('could_not_process'), status)).toBe('needs_new_bank_account')
      expect(failureClass(automatic('eaten_by_a_dragon'), status)).toBe('needs_new_bank_account')
      expect(failureClass(null, status)).toBe('needs_new_bank_account')
    },
  )

  it.each([['eaten_by_a_dragon'], [null]])('is never heals_by_itself for the code %s', (code) => {
    expect(failureClass(automatic(code), 'new')).toBe('needs_platform')
  })

  it('is needs_platform for an external account with an unknown status', () => {
    expect(isUsable('enchanted')).toBe(false)
    expect(failureClass(null, 'enchanted')).toBe('needs_platform')
    expect(failureClass(automatic('could_not_process'), 'enchanted')).toBe('needs_platform')
  })

  it('names an actor, and a remedy if the actor can use one', () => {
    expect(FAILURE_CLASSES).toEqual({
      heals_by_itself: { actor: 'stripe' },
      needs_new_bank_account: { actor: 'merchant', remedy: 'dashboard' },
      needs_platform: { actor: 'platform', remedy: 'refresh' },
      negative_balance: { actor: 'merchant', remedy: 'dashboard' },
    })
  })
})

describe('an account with a failed payout', () => {
  it('is failing at once although payouts_enabled stays true, and owes a refresh', () => {
    const step = account.step(anAccount(bank('new')), aFailedPayout())
    expect(step).toMatchObject({
      kind: 'moved',
      live: { value: { payouts: 'failing' } },
      effects: [{ kind: 'refresh', after_ms: 2_000 }],
      changed: { 'payouts.po_1.state': [null, 'failed'], 'payouts.po_1.failed_at': [null, 110] },
    })
    expect(blockers(step.live)).toEqual([
      {
        code: 'payouts_failing',
        region: 'payouts',
        state: 'failing',
        actor: 'merchant',
        remedy: 'dashboard',
      },
    ])
  })

  it.each([
    ['could_not_process', true, 'stripe', undefined],
    ['could_not_process', false, 'platform', 'refresh'],
    ['eaten_by_a_dragon', true, 'platform', 'refresh'],
    ['insufficient_funds', true, 'merchant', 'dashboard'],
    ['account_closed', true, 'merchant', 'dashboard'],
  ])('after %s (automatic: %s) waits for the %s', (failure_code, automatic, actor, remedy) => {
    const [blocker] = blockers(after(aFailedPayout({ failure_code, automatic })))
    expect(blocker).toMatchObject({ code: 'payouts_failing', actor })
    expect(blocker?.remedy).toBe(remedy)
  })

  it('keeps its charge and refund gates open', () => {
    const live = after(aFailedPayout())
    expect([...accountBlockers('charge', live), ...accountBlockers('refund', live)]).toEqual([])
  })

  it('names who must act for every failing destination', () => {
    const live = after(
      aFailedPayout(),
      aFailedPayout({ destination: 'ba_2', failure_code: 'could_not_process', automatic: false }, 'po_2'),
    )
    expect(blockers(live).map(({ actor }) => actor)).toEqual(['merchant', 'platform'])
    expect(failingDestinations(live.context.facts)).toMatchObject([
      { id: 'ba_1', status: 'new', payout: { id: 'po_1' }, needs: 'needs_new_bank_account' },
      { id: 'ba_2', payout: { id: 'po_2' }, needs: 'needs_platform' },
    ])
  })

  it('shows the most urgent of several failures at one destination', () => {
    const both = [
      aFailedPayout({ failure_code: 'account_closed', failed_at: 110 }, 'po_1'),
      aFailedPayout({ failure_code: 'insufficient_funds', failed_at: 120 }, 'po_2'),
    ] as const
    for (const [one, other] of [both, both.toReversed() as [EventInput, EventInput]]) {
      expect(failingDestinations(after(one, other).context.facts)).toMatchObject([
        { id: 'ba_1', payout: { id: 'po_1' }, needs: 'needs_new_bank_account' },
      ])
    }
    const between = after(both[0], observation(115, bank('errored')), both[1])
    expect(failingDestinations(between.context.facts)).toMatchObject([{ payout: { id: 'po_1' } }])
  })

  it.each([
    ['the latest of several that need the same', { failed_at: 120 }, { failed_at: 130 }],
    ['the one of the later id where the bank returned two in one second', {}, {}],
  ])('names %s, whichever it hears of first', (_, first, second) => {
    const one = aFailedPayout({ created: 95, ...first }, 'po_1')
    const two = aFailedPayout({ created: 95, ...second }, 'po_2')
    for (const events of [
      [one, two],
      [two, one],
    ])
      expect(failingDestinations(after(...events).context.facts)).toMatchObject([{ payout: { id: 'po_2' } }])
  })

  it('names onboarding as a blocker only if that keeps payouts off', () => {
    const pastDue = aTruth({
      requirements: { ...aTruth().requirements, currently_due: ['document'], past_due: ['document'] },
      disabled_reason: 'requirements.past_due',
    })
    const codes = (payouts_enabled: boolean) =>
      blockers(after(aFailedPayout(), observation(109, { account: { ...pastDue, payouts_enabled } }))).map(
        ({ code }) => code,
      )
    expect(codes(true)).toEqual(['payouts_failing'])
    expect(codes(false)).toEqual(['requirements_past_due', 'payouts_failing', 'payouts_disabled'])
  })

  it('still names the failure code after the bank account is errored', () => {
    const live = after(aFailedPayout(), observation(120, bank('errored')))
    expect(failingDestinations(live.context.facts)).toMatchObject([
      { id: 'ba_1', status: 'errored', payout: { id: 'po_1', failure_code: 'no_account' } },
    ])
  })
})

describe('a failing account recovers when', () => {
  it('an answer shows the bank account as usable after the failure', () => {
    expect(payouts(after(aFailedPayout(), observation(111, bank('new'))))).toBe('on')
  })

  it('an event shows the bank account as usable after the failure', () => {
    expect(payouts(after(aFailedPayout(), observation(111, banks({ ba_1: aBank('new') }, false))))).toBe('on')
  })

  it('the bank account is replaced by another', () => {
    expect(payouts(after(aFailedPayout(), observation(111, bank('new', 'ba_2'))))).toBe('on')
  })

  it('another bank account becomes the default while the errored one stays listed', () => {
    const failed = after(aFailedPayout(), observation(111, bank('errored')))
    const replaced = banks({ ba_1: aBank('errored', { default_for_currency: false }), ba_2: aBank('new') })
    expect(payouts(account.step(failed, observation(120, replaced)).live)).toBe('on')
  })

  it('an event shows a new default and nothing of the old one', () => {
    const failed = after(aFailedPayout(), observation(111, bank('errored')))
    expect(payouts(account.step(failed, observation(120, banks({ ba_2: aBank('new') }, false))).live)).toBe(
      'on',
    )
  })

  it('an answer shows the bank account as usable after a failure of unknown time', () => {
    const undated = payoutParentEvent(aPayout({ status: 'failed', failure_code: 'no_account', created: 90 }))
    if (!undated) throw new Error('no news')
    expect(payouts(after(undated))).toBe('failing')
    expect(payouts(after(undated, observation(100, bank('new'))))).toBe('failing')
    expect(payouts(after(undated, observation(101, bank('new'))))).toBe('on')
  })

  it.each(['paid', 'settled'])('a payout created after the failure arrives and is %s', (state) => {
    const live = after(aFailedPayout(), aPayoutEvent({ state, created: 111 }, 'po_2'))
    expect(payouts(live)).toBe('on')
    expect(Object.keys(live.context.facts.payouts.items)).toEqual(['po_2'])
  })
})

/** Stripe may show a platform no external accounts, and send no events of them: https://docs.stripe.com/api/accounts/object */
describe('without external accounts from Stripe, a failing account', () => {
  const unshown = (...events: EventInput[]) =>
    events.reduce(
      (live, event) => account.step(live, event).live,
      account.begin(
        { id: 'acct_1', external_id: null, metadata: {}, fee_policy: null },
        observation(100, {
          connection: 'connected',
          account: aTruth(),
          capabilities: { items: { card_payments: 'active', transfers: 'active' }, all: true },
        }),
      ).live,
    )
  const elsewhere = (over: object) =>
    aPayoutEvent({ state: 'paid', destination: 'ba_2', created: 111, ...over }, 'po_2')

  it('recovers when a later payout arrives at another destination', () => {
    expect(payouts(unshown(aFailedPayout()))).toBe('failing')
    for (const events of [
      [aFailedPayout(), elsewhere({})],
      [elsewhere({}), aFailedPayout()],
    ])
      expect(payouts(unshown(...events))).toBe('on')
  })

  it('stays failing once Stripe shows some, because these decide', () => {
    for (const shown of [banks({}), banks({ ba_1: aBank('new') }, false)])
      expect(payouts(unshown(observation(105, shown), aFailedPayout(), elsewhere({})))).toBe('failing')
  })

  it('stays failing if that payout is older, in another currency, returned, or a debit', () => {
    for (const over of [
      { created: 110 },
      { currency: 'eur' },
      { state: 'failed', failed_at: 120 },
      { amount: -5000 },
    ])
      expect(payouts(unshown(aFailedPayout(), elsewhere(over)))).toBe('failing')
  })
})

describe('a failing account stays failing', () => {
  it('when the bank account is observed as usable in the second of the failure or before', () => {
    expect(payouts(after(aFailedPayout(), observation(110, bank('new'))))).toBe('failing')
    expect(payouts(after(observation(109, bank('new')), aFailedPayout()))).toBe('failing')
  })

  it('when Stripe shows the bank account errored', () => {
    expect(payouts(after(aFailedPayout(), observation(111, bank('errored'))))).toBe('failing')
  })

  it('when Stripe shows the bank account as usable, but the time of the failure is unknown', () => {
    expect(payouts(after(aFailedPayout({ failed_at: null }), observation(500, bank('new'))))).toBe('failing')
  })

  it('when a payout arrives that was created by the second of the failure, or that went elsewhere', () => {
    for (const created of [109, 110])
      expect(payouts(after(aFailedPayout(), aPayoutEvent({ state: 'paid', created }, 'po_2')))).toBe(
        'failing',
      )
    const elsewhere = aPayoutEvent({ state: 'paid', created: 111, destination: 'ba_2' }, 'po_2')
    expect(payouts(after(aFailedPayout(), elsewhere))).toBe('failing')
  })

  it.each<[string, Partial<ExternalAccount>, Partial<ExternalAccount>]>([
    ['is not the default', {}, { default_for_currency: false }],
    ['is the default for another currency', {}, { currency: 'eur' }],
    [
      'is the default for another currency, which the errored one is not',
      { default_for_currency: false },
      { currency: 'eur' },
    ],
    ['is not the default either', { default_for_currency: false }, { default_for_currency: false }],
    [
      'has no known currency, like the errored one',
      { currency: null, default_for_currency: false },
      { currency: null },
    ],
  ])('when another bank account is added that %s', (_, errored, other) => {
    const failed = after(aFailedPayout(), observation(111, banks({ ba_1: aBank('errored', errored) })))
    const together = banks({ ba_1: aBank('errored', errored), ba_2: aBank('new', other) })
    const alone = banks({ ba_2: aBank('new', other) }, false)
    for (const shown of [together, alone])
      expect(payouts(account.step(failed, observation(120, shown)).live)).toBe('failing')
  })

  it('when events show two defaults, the errored one last or in the same second', () => {
    const errored = (second: number) => observation(second, banks({ ba_1: aBank('errored') }, false))
    const other = (second: number) => observation(second, banks({ ba_2: aBank('new') }, false))
    expect(payouts(after(errored(112), other(111)))).toBe('failing')
    expect(payouts(after(errored(111), other(111)))).toBe('failing')
    expect(payouts(after(errored(111), other(112)))).toBe('on')
  })

  it('when the bank account that replaced the errored one fails as well', () => {
    const failed = after(aFailedPayout(), observation(111, bank('errored')))
    const both = banks({
      ba_1: aBank('errored', { default_for_currency: false }),
      ba_2: aBank('verification_failed'),
    })
    const { live } = account.step(failed, observation(120, both))
    expect(payouts(live)).toBe('failing')
    expect(failingDestinations(live.context.facts)).toMatchObject([{ id: 'ba_2' }])
  })

  it('when a debit of the destination succeeds, or a payout to it is canceled', () => {
    const taken = { created: 120, amount: -5000 }
    expect(payouts(after(aFailedPayout(), aPayoutEvent({ ...taken, state: 'paid' }, 'po_2')))).toBe('failing')
    expect(payouts(after(aFailedPayout(), aPayoutEvent({ created: 120, state: 'canceled' }, 'po_2')))).toBe(
      'failing',
    )
  })

  it('when a later payout arrives and is then returned too', () => {
    const live = after(
      aFailedPayout(),
      aPayoutEvent({ state: 'paid', created: 111 }, 'po_2'),
      aFailedPayout({ created: 111, failed_at: 130 }, 'po_2'),
    )
    expect(payouts(live)).toBe('failing')
  })

  it('when time passes', () => {
    const live = after(aFailedPayout())
    expect(account.step(live, { type: 'clock.reached', at: 10 ** 15 }).live.value).toEqual(live.value)
    const before = aPayoutEvent({ state: 'paid', created: 109 }, 'po_2')
    expect(
      payouts(after(before, aFailedPayout(), aPayoutEvent({ ...before.summary, state: 'settled' }, 'po_2'))),
    ).toBe('failing')
  })
})

describe('a payout that debits the bank account', () => {
  const reversal = { amount: -5000, automatic: false, created: 95 }

  it('is no failure of the destination if it was made by request', () => {
    expect(payouts(after(aFailedPayout(reversal)))).toBe('on')
  })

  it('is a failure of the destination if Stripe made it to cover the balance', () => {
    const live = after(aFailedPayout({ ...reversal, automatic: true, failure_code: 'insufficient_funds' }))
    expect(failingDestinations(live.context.facts)).toMatchObject([{ needs: 'negative_balance' }])
  })
})

describe('a payout with an unknown status', () => {
  it('closes the gate, whatever the bank account', () => {
    const live = after(aPayoutEvent({ state: 'unrecognized' }), observation(500, bank('new')))
    expect(payouts(live)).toBe('failing')
    expect(blockers(live)).toMatchObject([{ code: 'payouts_failing', actor: 'platform', remedy: 'refresh' }])
  })

  it('closes the gate even if it had failed before and the bank account is usable since', () => {
    const live = after(
      aFailedPayout(),
      aPayoutEvent({ state: 'unrecognized', failed_at: 110 }),
      observation(500, bank('new')),
    )
    expect(payouts(live)).toBe('failing')
  })

  it('stays relevant after a canceled payout, even if it is a debit', () => {
    const reversal = aPayoutEvent({ state: 'unrecognized', amount: -5000, automatic: false }, 'po_1')
    expect(payouts(after(reversal, aPayoutEvent({ state: 'canceled', created: 120 }, 'po_2')))).toBe(
      'failing',
    )
  })

  it('stays relevant after an arrived payout of its own second, whatever their ids', () => {
    for (const id of ['po_0', 'po_2'])
      expect(
        payouts(after(aPayoutEvent({ state: 'unrecognized' }), aPayoutEvent({ state: 'paid' }, id))),
      ).toBe('failing')
  })

  it('is not hidden by a later failure that a usable bank account outdates', () => {
    const live = after(
      aPayoutEvent({ state: 'unrecognized', created: 50 }, 'po_1'),
      aFailedPayout({ created: 10, failed_at: 60 }, 'po_2'),
      observation(70, bank('new')),
    )
    expect(payouts(live)).toBe('failing')
    expect(failingDestinations(live.context.facts)).toMatchObject([{ payout: { id: 'po_1' } }])
  })

  it('opens the gate by moving on, or when a later payout arrives', () => {
    expect(
      payouts(after(aPayoutEvent({ state: 'unrecognized' }), aPayoutEvent({ state: 'in_transit' }))),
    ).toBe('on')
    const later = aPayoutEvent({ state: 'paid', created: 91 }, 'po_2')
    expect(payouts(after(aPayoutEvent({ state: 'unrecognized', created: 90 }), later))).toBe('on')
  })
})

describe('the event that a payout sends its account', () => {
  it('has its state and the time of its failure', () => {
    expect(payoutParentEvent(aPayout({ status: 'failed', failure_code: 'declined' }, { at: 99 }))).toEqual({
      type: 'payout.moved',
      payout: 'po_1',
      as_of: seconds(100),
      summary: {
        ...aPayoutSummary(),
        state: 'failed',
        automatic: false,
        created: aPayout().context.facts.payout?.value.created,
        arrival_date: aPayout().context.facts.payout?.value.arrival_date,
        failure_code: 'declined',
        failed_at: 99,
      },
    })
  })
})

it('payouts_enabled, the external accounts and the payouts are independent facts', () => {
  const off = { account: aTruth({ payouts_enabled: false }) }
  expect(payouts(anAccount({ ...bank('new'), ...off }))).toBe('off')
  expect(payouts(anAccount({ ...bank('errored'), ...off }))).toBe('failing')
  expect(blockers(anAccount({ ...bank('errored'), ...off })).map(({ code }) => code)).toEqual([
    'payouts_failing',
    'payouts_disabled',
  ])
  expect(payouts(anAccount(bank('errored')))).toBe('failing')
})
