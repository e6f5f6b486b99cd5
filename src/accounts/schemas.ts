/** The JSON of accounts. These schemas validate requests, type the client and generate the OpenAPI document. */
import { z } from '@hono/zod-openapi'
import { BADGES } from '../../machines/account/closures.ts'
import { FeePolicy } from '../../machines/account/context.ts'
import { CHARGES_STATES, ONBOARDING_STATES, PAYOUTS_STATES } from '../../machines/account/derive.ts'
import { CONNECTION_STATES, HOLD_STATES } from '../../machines/account/regions.ts'
import { ACTORS, GATES } from '../../machines/gates.ts'
import { Metadata } from '../http/metadata.ts'
import { AccountId } from '../stripe/ids.ts'
import { SITUATIONS } from './next-step.ts'
import { PayoutStatus } from './payout-status.ts'
import { responsibilities } from './responsibilities.ts'
import { RISK_PATHS } from './risk-items.ts'

const time = z.iso.datetime()

export const AccountParams = z.object({
  account: AccountId.openapi({ param: { name: 'account', in: 'path' }, example: 'acct_1Nv0FGQ9RKHgCVdK' }),
})

export const AccountState = z
  .object({
    connection: z.enum(CONNECTION_STATES),
    onboarding: z.enum(ONBOARDING_STATES),
    charges: z.enum(CHARGES_STATES),
    payouts: z.enum(PAYOUTS_STATES),
    hold: z.enum(HOLD_STATES),
  })
  .openapi('AccountState')

const Badge = z.enum(BADGES)

export const BlockerBody = z
  .object({
    code: z.string(),
    region: z.string(),
    state: z.string(),
    actor: z.enum(ACTORS).openapi({ description: 'Who must act next for the gate to open.' }),
    detail: z.string(),
    requirements: z.array(z.string()).optional(),
    deadline: time.optional(),
    remedy: z.object({ method: z.enum(['GET', 'POST']), href: z.string() }).optional(),
  })
  .openapi('Blocker')

const NextStepBody = BlockerBody.pick({
  actor: true,
  detail: true,
  requirements: true,
  deadline: true,
  remedy: true,
})
  .extend({
    situation: z.enum(SITUATIONS).openapi({
      description: 'The account’s situation in one word. Show a different screen for each.',
    }),
  })
  .openapi('NextStep')

const GateBody = z.object({ open: z.boolean(), blockers: z.array(BlockerBody) }).openapi('Gate')

const Gates = z.object(
  Object.fromEntries(GATES.map((gate) => [gate, GateBody])) as Record<
    (typeof GATES)[number],
    typeof GateBody
  >,
)

const ExternalId = z.string().min(1).max(100).openapi({ description: 'Your own id for the account. Unique.' })

export const FeePolicyBody = FeePolicy.strict()
  .refine(({ min = 0, max = Infinity }) => min <= max, {
    path: ['max'],
    message: 'must not be less than min',
  })
  .openapi('FeePolicy', {
    description:
      'The platform’s fee on a payment without an `application_fee_amount`: `amount × bps / 10,000` rounded half up, plus `fixed`, kept within `min` and `max` and below the amount. Amounts are in the payment’s minor unit. In a currency whose last digits must be 0, the share is rounded to such an amount and the bounded fee is rounded down to one.',
  })

export const CreateAccount = z
  .strictObject({
    external_id: ExternalId,
    email: z.email().optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code in capitals')
      .optional()
      .openapi({
        description: 'If you send a country, the account holder can no longer choose it during onboarding.',
      }),
    business_url: z
      .url({ protocol: /^https?$/, message: 'must be an http or https address' })
      .max(2_000)
      .optional(),
    fee_policy: FeePolicyBody.optional(),
    metadata: Metadata.optional(),
  })
  .openapi('CreateAccount')
export type CreateAccount = z.infer<typeof CreateAccount>

export const AccountBody = z
  .object({
    id: z.string(),
    external_id: z.string().nullable(),
    livemode: z.boolean(),
    country: z.string().nullable(),
    default_currency: z.string().nullable(),
    state: AccountState,
    badge: Badge.openapi({
      description: 'The status badge that Stripe’s own Dashboard shows for the account.',
    }),
    next_step: NextStepBody,
    gates: Gates,
    fee_policy: FeePolicy.nullable(),
    metadata: z.record(z.string(), z.string()),
    created_at: time,
  })
  .openapi('Account')
export type AccountBody = z.infer<typeof AccountBody>

const Requirements = z
  .object({
    currently_due: z.array(z.string()),
    eventually_due: z.array(z.string()),
    past_due: z.array(z.string()),
    pending_verification: z.array(z.string()),
    current_deadline: time.nullable(),
  })
  .openapi('Requirements')

const RiskItemBody = z
  .object({
    requirement: z.string(),
    description: z.string(),
    path: z
      .enum(RISK_PATHS)
      .nullable()
      .openapi({ description: 'How to answer it: `form`, `challenge` or `support`.' }),
    detail: z.string(),
  })
  .openapi('RiskItem', { description: 'A requirement of Stripe’s risk review. No API call can meet it.' })

/** The texts for accounts created by Gatehouse serve as the descriptions of the fields. */
const CREATED_HERE = responsibilities({
  dashboard: 'full',
  fees_payer: 'account',
  losses: 'stripe',
  requirement_collection: 'stripe',
  type: 'application',
  is_controller: true,
})
const word = z.string().nullable()
const ResponsibilitiesBody = z
  .object({
    dashboard: z
      .object({ type: word, url: word, detail: z.string() })
      .openapi({ description: CREATED_HERE.dashboard.detail }),
    platform_controls: z
      .object({ granted: z.boolean(), detail: z.string() })
      .openapi({ description: CREATED_HERE.platform_controls.detail }),
    fees: z.object({ payer: word, detail: z.string() }).openapi({ description: CREATED_HERE.fees.detail }),
    negative_balance: z
      .object({ bearer: word, detail: z.string() })
      .openapi({ description: CREATED_HERE.negative_balance.detail }),
    requirements: z
      .object({ collector: word, detail: z.string() })
      .openapi({ description: CREATED_HERE.requirements.detail }),
  })
  .openapi('Responsibilities', {
    description:
      'Who is responsible for what: Stripe’s own value and a text for each. The descriptions here hold for accounts created by Gatehouse; for an adopted account, read its `detail`.',
  })

export const AccountStatus = z
  .object({
    account: z.string(),
    external_id: z.string().nullable(),
    livemode: z.boolean(),
    state: AccountState,
    badge: Badge,
    next_step: NextStepBody,
    gates: Gates,
    disabled_reason: z.string().nullable(),
    requirements: Requirements.extend({
      errors: z.array(z.object({ requirement: z.string(), code: z.string(), reason: z.string() })),
    }),
    future_requirements: Requirements,
    risk_items: z.array(RiskItemBody),
    capabilities: z.record(z.string(), z.string()),
    external_accounts: z.array(
      z.object({
        id: z.string(),
        object: z.string(),
        status: z.string().nullable(),
        currency: z.string().nullable(),
        default_for_currency: z.boolean(),
        instant: z.boolean(),
      }),
    ),
    payouts: PayoutStatus,
    hold: z.object({ reason: z.string(), by: z.string(), at: time }).nullable(),
    responsibilities: ResponsibilitiesBody.nullable(),
    dashboard_url: z.string().nullable().openapi({
      description: 'Where the account holder signs in; null without the full Dashboard.',
    }),
    facts_as_of: time.nullable().openapi({
      description: 'The time, on Stripe’s clock, at which the facts about the account itself were true.',
    }),
    verified_at: time.nullable().openapi({ description: 'When the account was last fetched from Stripe.' }),
    suspect: z.boolean().openapi({
      description:
        'Some facts are uncertain, for example because two events of one second contradict each other. Stripe is being asked.',
    }),
    suspect_facts: z.array(z.string()).openapi({ description: 'The facts that are uncertain.' }),
    version: z.int().openapi({ description: 'How many transitions the account has had.' }),
    machine_version: z.int(),
    last_transition: z.object({ seq: z.int(), at: time, event: z.string() }).nullable(),
    effects_pending: z.int(),
    allowed_events: z
      .array(z.string())
      .openapi({ description: 'The events that the account accepts in its present state.' }),
  })
  .openapi('AccountStatus')
export type AccountStatus = z.infer<typeof AccountStatus>
