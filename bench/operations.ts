/** The measured operations: requests of a platform and webhooks of Stripe, each with its floors. */
import { ENVIRONMENT } from '../test/support/gatehouse.ts'
import { accountUpdated } from './events.ts'
import { send, type Call } from './load.ts'

export interface Target {
  gatehouse: string
  floor: string
}

type Run = (target: Target) => Promise<void>

export interface Operation {
  name: string
  run: Run
  /** The minimal versions of the same work, by name. */
  floors: Record<string, Run>
}

/** Random account ids. */
export interface Accounts {
  /** Any stored account. */
  any: () => string
  /** An account that may not charge. */
  closed: () => string
  /** An account that may charge and exists at Stripe. */
  open: () => string
}

/** An account as Stripe returns it. */
export interface OnboardedAccount {
  id: string
  requirements: object
}

const PAYMENT = {
  amount: 1000,
  currency: 'usd',
  payment_method: 'pm_card_visa',
  confirm: true,
  return_url: `${ENVIRONMENT.RETURN_ORIGINS}/paid`,
}
const AS_FORM = new URLSearchParams({ ...PAYMENT, amount: '1000', confirm: 'true' })

export function operations({
  key,
  accounts,
  account,
}: {
  /** An API key for Gatehouse. */
  key: string
  accounts: Accounts
  account: OnboardedAccount
}): Operation[] {
  const authorization = `Bearer ${key}`

  const readARow: Run = ({ floor }) =>
    call(200, { method: 'GET', url: `${floor}/read-a-row/${accounts.any()}` })

  const pay = (status: number, { gatehouse }: Target, account: string) =>
    call(status, {
      method: 'POST',
      url: `${gatehouse}/v1/accounts/${account}/payments`,
      headers: {
        authorization,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify(PAYMENT),
    })

  /** Sends webhooks that change a random account's facts. The facts alternate, so that repeated webhooks change them too. */
  let delivered = 0
  const deliver = (url: string) => {
    delivered += 1
    const eventually_due = delivered % 2 === 0 ? [] : ['company.tax_id']
    const object = {
      ...account,
      id: accounts.any(),
      requirements: { ...account.requirements, eventually_due },
    }
    return call(200, { ...accountUpdated(object).delivery, url })
  }

  return [
    {
      name: 'status',
      run: ({ gatehouse }) => {
        const url = `${gatehouse}/v1/accounts/${accounts.any()}/status`
        return call(200, { method: 'GET', url, headers: { authorization } })
      },
      floors: { 'read a row': readARow },
    },
    {
      name: 'webhook inline',
      run: ({ gatehouse }) => deliver(`${gatehouse}/webhooks/stripe/connect`),
      floors: {
        verify: ({ floor }) => deliver(`${floor}/verify`),
        'verify and insert': ({ floor }) => deliver(`${floor}/verify-and-insert`),
      },
    },
    {
      name: 'gated payment refused',
      run: (target) => pay(409, target, accounts.closed()),
      floors: { 'read a row': readARow },
    },
    {
      name: 'payment created',
      run: (target) => pay(201, target, accounts.open()),
      floors: {
        'call Stripe': ({ floor }) => {
          const url = `${floor}/call-stripe/${accounts.open()}`
          return call(200, { method: 'POST', url, body: AS_FORM.toString() })
        },
      },
    },
  ]
}

/** An unexpected status ends the benchmark, because a fast failure would look like a fast success. */
async function call(status: number, request: Call): Promise<void> {
  const answer = await send(request)
  if (answer.status !== status) {
    throw new Error(`${request.method} ${request.url}: ${answer.status}, not ${status}: ${answer.text}`)
  }
}
