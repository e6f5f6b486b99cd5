import type { Hono } from 'hono'
import type Stripe from 'stripe'
import { z } from 'zod'
import { authenticatePayment, finishCheckoutDebit } from '../checkout/pay.ts'
import { refused } from '../core/errors.ts'
import { idOf } from '../core/json.ts'
import { NO_REQUEST, duringRequest } from '../core/world.ts'
import { books } from '../payments/books.ts'
import { attemptPayment, checkConfirmation } from '../payments/confirm.ts'
import {
  DISPUTE_STATUSES,
  checkStatusChange,
  disputeOf,
  setDisputeStatus,
} from '../payments/dispute-status.ts'
import { firstStatus, openDispute } from '../payments/disputes.ts'
import { openFraudWarning } from '../payments/fraud-warnings.ts'
import { failRefund } from '../payments/pay-refund.ts'
import { PAYOUT_STATUSES, setPayoutStatus } from '../payouts/lifecycle.ts'
import type { Runtime } from '../runtime.ts'
import { notFound, readBody } from './body.ts'

const DisputeBody = z.strictObject({
  reason: z.string().optional(),
  amount: z.int().min(1).optional(),
  inquiry: z.boolean().optional(),
  status: z.enum(DISPUTE_STATUSES).optional(),
})
const WarningBody = z.strictObject({ fraud_type: z.string().optional() })
const PayBody = z.strictObject({ payment_method: z.string().default('pm_card_visa') })
const AuthenticateBody = z.strictObject({ passed: z.boolean().default(true) })
const RefundBody = z.strictObject({ failure_reason: z.string().default('expired_or_canceled_card') })
const PayoutBody = z
  .strictObject({
    status: z.enum(PAYOUT_STATUSES),
    failure_code: z.string().optional(),
    failure_message: z.string().optional(),
  })
  .refine((body) => body.status === 'failed' || (body.failure_code ?? body.failure_message) === undefined, {
    error: 'Only a failed payout has a failure code or message.',
    path: ['failure_code'],
  })

/** Does what buyers and banks do, and shows the books. */
export function registerMoneyControls(app: Hono, runtime: Runtime): void {
  const act = <T>(change: () => T): T => {
    const world = runtime.world()
    runtime.runTasks(world)
    try {
      return duringRequest(world, NO_REQUEST, change)
    } finally {
      runtime.runTasks(world)
      runtime.worldChanged()
    }
  }
  const intentOf = (id: string): { intent: Stripe.PaymentIntent; owner: string } => {
    const { paymentIntents } = runtime.world().tables
    const [intent, owner] = [paymentIntents.get(id), paymentIntents.ownerOf(id)]
    if (intent === undefined || owner === undefined) throw notFound('payment_intent', id)
    return { intent, owner }
  }

  app.post('/_sim/payment_intents/:id/dispute', async (c) => {
    const { status, ...input } = await readBody(c, DisputeBody)
    return c.json(
      act(() => {
        const world = runtime.world()
        const charge = world.tables.charges.get(idOf(intentOf(c.req.param('id')).intent.latest_charge))
        if (charge === undefined) throw refused('This PaymentIntent has no charge yet.')
        const open = disputeOf(world, charge)
        if (status !== undefined) checkStatusChange(open?.status ?? firstStatus(input), status)
        const onlyStatus = status !== undefined && Object.keys(input).length === 0
        const dispute = onlyStatus && open !== undefined ? open : openDispute(world, charge.id, input)
        return status === undefined ? dispute : setDisputeStatus(world, dispute, status)
      }),
    )
  })
  app.post('/_sim/payment_intents/:id/fraud_warning', async (c) => {
    const { fraud_type: type } = await readBody(c, WarningBody)
    return c.json(
      act(() =>
        openFraudWarning(runtime.world(), idOf(intentOf(c.req.param('id')).intent.latest_charge), type),
      ),
    )
  })
  app.post('/_sim/payment_intents/:id/pay', async (c) => {
    const { payment_method: method } = await readBody(c, PayBody)
    return c.json(
      act(() => {
        const { intent, owner } = intentOf(c.req.param('id'))
        const params = {
          method,
          data: undefined,
          returnUrl: runtime.world().publicUrl(),
          offSession: false,
          errorOnAction: false,
        }
        const prepared = checkConfirmation(runtime.world(), owner, intent, params)
        return attemptPayment(runtime.world(), owner, intent, prepared, params)
      }),
    )
  })
  app.post('/_sim/payment_intents/:id/authenticate', async (c) => {
    const { passed } = await readBody(c, AuthenticateBody)
    return c.json(
      act(() => {
        const { intent, owner } = intentOf(c.req.param('id'))
        return authenticatePayment(runtime.world(), owner, intent, passed)
      }),
    )
  })
  app.post('/_sim/payment_intents/:id/process', (c) => {
    const id = c.req.param('id')
    act(() => finishCheckoutDebit(runtime.world(), idOf(intentOf(id).intent.latest_charge)))
    return c.json(intentOf(id).intent)
  })
  app.post('/_sim/refunds/:id/fail', async (c) => {
    const { failure_reason: reason } = await readBody(c, RefundBody)
    const failed = act(() => failRefund(runtime.world(), c.req.param('id'), reason))
    if (failed === undefined) throw notFound('refund', c.req.param('id'))
    return c.json(failed)
  })
  app.post('/_sim/payouts/:id', async (c) => {
    const { status, failure_code: code, failure_message: message } = await readBody(c, PayoutBody)
    const payout = runtime.world().tables.payouts.get(c.req.param('id'))
    if (payout === undefined) throw notFound('payout', c.req.param('id'))
    const failure =
      code === undefined
        ? undefined
        : { code, message: message ?? `The payout failed: ${code.replaceAll('_', ' ')}.` }
    return c.json(act(() => setPayoutStatus(runtime.world(), payout, status, failure)))
  })
  app.get('/_sim/books', (c) => {
    runtime.runTasks(runtime.world())
    const data = books(runtime.world(), c.req.query('account'))
    return c.json({ data, balanced: data.every(({ balanced }) => balanced) })
  })
}
