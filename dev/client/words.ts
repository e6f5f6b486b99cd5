/** Each situation in the words of a shop's owner. */
import type { Situation } from '../../src/accounts/next-step.ts'

interface Words {
  title: string
  text: string
  /** What the button to Stripe's form says, where there is something to fill in. */
  button: string
}

const WORDS: Record<Situation, Words> = {
  never_started: {
    title: 'Payments are not set up',
    text: 'Stripe pays you, and needs to know who you are before it can. It takes about five minutes.',
    button: 'Set up payments',
  },
  left_midway: {
    title: 'Setting up is not finished',
    text: 'You left Stripe’s form before its end. What you entered is kept.',
    button: 'Continue where you left',
  },
  waiting_on_stripe: {
    title: 'Stripe is checking your details',
    text: 'You have nothing to do. This page changes by itself.',
    button: '',
  },
  action_needed: {
    title: 'Stripe needs something from you',
    text: 'Answer what is listed below so that payments go on.',
    button: 'Answer now',
  },
  paused_by_stripe: {
    title: 'Stripe has paused your account',
    text: 'Until Stripe lifts it, no payments can be taken.',
    button: 'See what Stripe asks',
  },
  rejected: {
    title: 'Stripe has rejected your account',
    text: 'Payments cannot be taken with it.',
    button: 'Appeal at Stripe',
  },
  ready: { title: 'You can take payments', text: 'Nothing is asked of you.', button: '' },
  payouts_stopped: {
    title: 'Your payouts do not arrive',
    text: 'You can take payments. What you earn stays with Stripe until this is mended.',
    button: '',
  },
  on_hold: {
    title: 'Your account is on hold',
    text: 'This platform has stopped your payments and payouts for now. Ask it why.',
    button: '',
  },
  disconnected: {
    title: 'Your Stripe account is disconnected',
    text: 'Connect it again to take payments here.',
    button: '',
  },
  unsupported: {
    title: 'Your Stripe account cannot be used here',
    text: 'It was set up in another way than this platform works with.',
    button: '',
  },
}

export function wordsOf(situation: Situation): Words {
  return WORDS[situation]
}

export function titleOf(situation: Situation): string {
  return WORDS[situation].title
}
