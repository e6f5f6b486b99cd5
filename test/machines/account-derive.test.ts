/** The rules that derive states from Stripe's values, at their edges. */
import { describe, expect, it } from 'vitest'
import {
  hasUnknownReason,
  mayAppeal,
  deriveOnboardingState,
  riskPath,
  unsupportedParts,
} from '../../machines/account/derive.ts'
import { anAccount, aTruth, due, SUPPORTED } from '../support/an-account.ts'

const factsOf = (truth: Parameters<typeof aTruth>[0]) => anAccount({ account: aTruth(truth) }).context.facts

describe('a risk item', () => {
  it.each([
    ['interv_1AbC.identity_verification.form', 'form'],
    ['interv_1AbC.identity_verification.challenge', 'challenge'],
    ['interv_1AbC.supportability.support', 'support'],
    ['interv_1AbC.of_tomorrow.phone', null],
    ['interv_1AbC', null],
    ['individual.verification.form', null],
    ['', null],
  ])('%s is answered by %s', (requirement, path) => {
    expect(riskPath(requirement)).toBe(path)
  })

  it.each([
    ['interv_1.appeal.form', true],
    ['interv_1.appeal.challenge', true],
    ['interv_1.appeal.support', false],
    ['individual.id_number', false],
  ])('%s opens an appeal: %s', (requirement, isOpen) => {
    expect(mayAppeal(factsOf({ requirements: due({ currently_due: [requirement] }) }))).toBe(isOpen)
    expect(mayAppeal(factsOf({ requirements: due({ past_due: [requirement] }) }))).toBe(isOpen)
  })
})

describe('a disabled_reason', () => {
  it.each([
    'action_required.requested_capabilities',
    'requirements.past_due',
    'requirements.pending_verification',
    'under_review',
    'listed',
    'other',
    'platform_paused',
    'rejected.of_tomorrow',
  ])('%s is known', (disabled_reason) => {
    expect(hasUnknownReason(factsOf({ disabled_reason }))).toBe(false)
  })

  it('is unknown if this build does not name it, and known if it is missing', () => {
    expect(hasUnknownReason(factsOf({ disabled_reason: 'of_tomorrow' }))).toBe(true)
    expect(hasUnknownReason(factsOf({ disabled_reason: null }))).toBe(false)
  })
})

it('a deadline with nothing due leaves an account enabled', () => {
  expect(deriveOnboardingState(factsOf({ requirements: due({ current_deadline: 200 }) }), true)).toBe(
    'enabled',
  )
})

describe('the shape of an account', () => {
  const standard = { ...SUPPORTED, type: 'account', is_controller: false }

  it('may have missing parts only if the account controls itself', () => {
    const unsaid = { dashboard: null, fees_payer: null, losses: null, requirement_collection: null }
    expect(unsupportedParts({ ...standard, ...unsaid })).toEqual([])
    expect(unsupportedParts({ ...SUPPORTED, ...unsaid })).toEqual(Object.keys(unsaid))
  })

  it.each([
    ['dashboard', 'express'],
    ['dashboard', 'none'],
    ['fees_payer', 'application'],
    ['losses', 'application'],
    ['requirement_collection', 'application'],
  ] as const)('is not supported where its %s is %s, whoever governs it', (part, other) => {
    expect(unsupportedParts({ ...SUPPORTED, [part]: other })).toEqual([part])
    expect(unsupportedParts({ ...standard, [part]: other })).toEqual([part])
  })
})
