import type Stripe from 'stripe'
import { type Call, pathId } from '../core/call.ts'
import { noSuch, refused } from '../core/errors.ts'
import { isHash, mergeMetadata, previousAttributes } from '../core/json.ts'
import { inRange, listPage } from '../core/list.ts'
import { type World, newId } from '../core/world.ts'
import { emit } from '../webhooks/emit.ts'
import { money } from './amounts.ts'
import { type DisputeStatus, disputeOf, isInquiry, moveFunds, setDisputeStatus } from './dispute-status.ts'
import { refundableAmount } from './pay-refund.ts'
import { settleCharge } from './settle-charge.ts'

export interface DisputeInput {
  readonly reason?: string | undefined
  readonly amount?: number | undefined
  /** An inquiry does not withdraw funds. */
  readonly inquiry?: boolean | undefined
}

const WEEK_S = 7 * 86_400

/** Opens a dispute about a charge. */
export function openDispute(world: World, chargeId: string, input: DisputeInput): Stripe.Dispute {
  const found = world.tables.charges.get(chargeId)
  const owner = world.tables.charges.ownerOf(chargeId)
  if (found === undefined || owner === undefined) throw noSuch('charge', chargeId)
  if (disputeOf(world, found) !== undefined) throw refused(`Charge ${chargeId} is already disputed.`)
  const charge = settleCharge(world, chargeId, true) ?? found
  if (!charge.captured) throw refused(`Charge ${chargeId} has not been captured.`)
  const remaining = refundableAmount(world, charge)
  if (remaining === 0) throw refused(`Charge ${chargeId} has been refunded in full.`)
  const amount = input.amount ?? remaining
  if (amount > remaining)
    throw refused(`Only ${money(remaining, charge.currency)} of charge ${chargeId} can be disputed.`)
  const inquiry = input.inquiry === true
  const id = newId(world, 'dp')
  const due = world.clock.seconds() + WEEK_S
  const dispute: Stripe.Dispute = {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.clock.seconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: due,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    network_reason_code: '10.4',
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: charge.payment_method_details?.card?.brand ?? 'visa',
        case_type: inquiry ? 'inquiry' : 'chargeback',
        network: 'visa',
        network_reason_code: '10.4',
      },
      type: 'card',
    },
    reason: input.reason ?? 'fraudulent',
    status: firstStatus(input),
  }
  world.tables.charges.replace(charge.id, { ...charge, disputed: true })
  world.tables.disputes.insert(owner, id, dispute)
  emit(world, { type: 'charge.dispute.created', owner, object: dispute })
  return moveFunds(world, dispute)
}

export function firstStatus({ inquiry }: DisputeInput): DisputeStatus {
  return inquiry === true ? 'warning_needs_response' : 'needs_response'
}

export function retrieveDispute(call: Call): Stripe.Dispute {
  return findDispute(call)
}

export function listDisputes({ world, params, scope }: Call<Stripe.DisputeListParams>) {
  return listPage(world.tables.disputes, {
    owner: scope,
    params,
    url: '/v1/disputes',
    kind: 'dispute',
    where: ({ created, charge, payment_intent: intent }) =>
      inRange(created, params.created) &&
      (params.charge === undefined || charge === params.charge) &&
      (params.payment_intent === undefined || intent === params.payment_intent),
    view: (dispute) => dispute,
  })
}

/** Saves evidence and, by default, submits it. Test evidence decides the dispute at once (https://docs.stripe.com/testing#disputes). */
export function updateDispute(call: Call<Stripe.DisputeUpdateParams>): Stripe.Dispute {
  const { world, params } = call
  const dispute = findDispute(call)
  const { evidence, submit } = params
  if (evidence !== undefined && !OPEN.includes(dispute.status)) {
    throw refused('This dispute is closed or under review. It no longer accepts evidence.')
  }
  const submits = evidence !== undefined && submit !== false
  const details = dispute.evidence_details
  const updated = world.tables.disputes.replace(dispute.id, {
    ...dispute,
    metadata: mergeMetadata(dispute.metadata, params.metadata),
    evidence: withEvidence(dispute.evidence, evidence),
    evidence_details: {
      ...details,
      has_evidence: details.has_evidence || evidence !== undefined,
      submission_count: details.submission_count + (submits ? 1 : 0),
      submission_method: submits ? 'manual' : details.submission_method,
    },
  })
  if (!submits) return announce(world, dispute, updated, call.scope)
  const stage = STAGES.find(({ needsResponse }) => needsResponse === updated.status) ?? CHARGEBACK
  const reviewed = setDisputeStatus(world, updated, stage.review)
  const outcome = stage.outcomes[evidence?.uncategorized_text ?? '']
  return outcome === undefined ? reviewed : setDisputeStatus(world, reviewed, outcome)
}

interface Stage {
  readonly needsResponse: DisputeStatus
  readonly review: DisputeStatus
  /** The outcome by test evidence. */
  readonly outcomes: Readonly<Record<string, DisputeStatus>>
}

const DECIDED = { winning_evidence: 'won', losing_evidence: 'lost' } as const
const CHARGEBACK: Stage = { needsResponse: 'needs_response', review: 'under_review', outcomes: DECIDED }
const STAGES: readonly Stage[] = [
  CHARGEBACK,
  { needsResponse: 'appeal_needs_response', review: 'appeal_under_review', outcomes: DECIDED },
  {
    needsResponse: 'warning_needs_response',
    review: 'warning_under_review',
    outcomes: {
      winning_evidence: 'warning_closed',
      losing_evidence: 'warning_closed',
      escalate_inquiry_evidence: 'needs_response',
    },
  },
]

/** Closing a dispute loses it. Closing an inquiry has no cost. */
export function closeDispute(call: Call): Stripe.Dispute {
  const dispute = findDispute(call)
  if (!OPEN.includes(dispute.status)) throw refused('This dispute is already closed.')
  return setDisputeStatus(call.world, dispute, isInquiry(dispute.status) ? 'warning_closed' : 'lost')
}

const OPEN: readonly string[] = ['warning_needs_response', 'needs_response', 'appeal_needs_response']

function announce(
  world: World,
  before: Stripe.Dispute,
  after: Stripe.Dispute,
  owner: string,
): Stripe.Dispute {
  const previous = previousAttributes(before, after)
  if (previous !== undefined) emit(world, { type: 'charge.dispute.updated', owner, object: after, previous })
  return after
}

function withEvidence(old: Stripe.Dispute.Evidence, params: unknown): Stripe.Dispute.Evidence {
  if (!isHash(params)) return old
  const texts = Object.entries(params).filter(([, text]) => typeof text === 'string' || text === null)
  return { ...old, ...Object.fromEntries(texts) }
}

function findDispute(call: Call): Stripe.Dispute {
  const id = pathId(call)
  const dispute = call.world.tables.disputes.owned(call.scope, id)
  if (dispute === undefined) throw noSuch('dispute', id)
  return dispute
}

const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}
