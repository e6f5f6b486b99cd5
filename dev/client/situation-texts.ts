/** Texts for shop owners, one set for each situation that the API reports. */
import type { Situation } from '../../src/accounts/next-step.ts'

interface Texts {
  title: string
  text: string
  /** The label of the button to Stripe's form; empty when there is nothing to fill in. */
  button: string
}

const TEXTS: Record<Situation, Texts> = {
  never_started: {
    title: 'Payments are not set up',
    text: 'Stripe pays you and must know who you are first. It takes about five minutes.',
    button: 'Set up payments',
  },
  left_midway: {
    title: 'Setup is not finished',
    text: 'You left Stripe’s form before the end. Stripe has saved your entries.',
    button: 'Continue where you left off',
  },
  waiting_on_stripe: {
    title: 'Stripe is checking your details',
    text: 'You have nothing to do. This page updates automatically.',
    button: '',
  },
  action_needed: {
    title: 'Stripe needs something from you',
    text: 'Provide the items below to keep taking payments.',
    button: 'Provide them now',
  },
  paused_by_stripe: {
    title: 'Stripe has paused your account',
    text: 'You cannot take payments until Stripe lifts the pause.',
    button: 'See what Stripe needs',
  },
  rejected: {
    title: 'Stripe has rejected your account',
    text: 'You cannot take payments with it.',
    button: 'Appeal at Stripe',
  },
  ready: { title: 'You can take payments', text: 'You have nothing to do.', button: '' },
  payouts_stopped: {
    title: 'Your payouts do not arrive',
    text: 'You can take payments. Your earnings stay with Stripe until this is fixed.',
    button: '',
  },
  on_hold: {
    title: 'Your account is on hold',
    text: 'This platform has paused your payments and payouts. Ask its support why.',
    button: '',
  },
  disconnected: {
    title: 'Your Stripe account is disconnected',
    text: 'Connect it again to take payments here.',
    button: '',
  },
  unsupported: {
    title: 'Your Stripe account cannot be used here',
    text: 'Its configuration is not supported by this platform.',
    button: '',
  },
}

export function textsOf(situation: Situation): Texts {
  return TEXTS[situation]
}
