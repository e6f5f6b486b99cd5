/** Registers the payment lifecycle with the engine. */
import { payment } from '../../machines/payment/payment.ts'
import type { LifecycleAdapter } from '../engine/adapter.ts'
import { PAYMENT_EVENTS } from './events.ts'
import { fetchPayment, listPaymentsSince } from './fetch.ts'

export const paymentAdapter: LifecycleAdapter = {
  lifecycle: payment,
  events: PAYMENT_EVENTS,
  fetch: fetchPayment,
  listSince: listPaymentsSince,
}
