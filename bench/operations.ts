/** What is measured: the requests that a platform sends, and that Stripe does, each with the least that could be done. */
import { ENVIRONMENT } from '../test/support/gatehouse.ts'
import { accountUpdated } from './events.ts'
import { send, type Call } from './load.ts'

export interface Target {
  gatehouse: string
  floor: string
}

type Fire = (target: Target) => Promise<void>

export interface Operation {
  name: string
  fire: Fire
  /** The least that could be done for the same work, by name. */
  floors: Record<string, Fire>
}

/** Whom it is about. */
export interface Accounts {
  /** Any of those that are stored. */
  any: () => string
  /** One that may not charge. */
  closed: () => string
  /** One that may, and that Stripe knows. */
  open: () => string
}

/** As Stripe shows it. */
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
  /** An API key of Gatehouse's. */
  key: string
  accounts: Accounts
  account: OnboardedAccount
}): Operation[] {
  const authorization = `Bearer ${key}`

  const readARow: Fire = ({ floor }) =>
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

  /** Something about some account has changed, and it changes back the next time. */
  let told = 0
  const deliver = (url: string) => {
    told += 1
    const eventually_due = told % 2 === 0 ? [] : ['company.tax_id']
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
      fire: ({ gatehouse }) => {
        const url = `${gatehouse}/v1/accounts/${accounts.any()}/status`
        return call(200, { method: 'GET', url, headers: { authorization } })
      },
      floors: { 'read a row': readARow },
    },
    {
      name: 'webhook inline',
      fire: ({ gatehouse }) => deliver(`${gatehouse}/webhooks/stripe/connect`),
      floors: {
        verify: ({ floor }) => deliver(`${floor}/verify`),
        'verify and insert': ({ floor }) => deliver(`${floor}/verify-and-insert`),
      },
    },
    {
      name: 'gated payment refused',
      fire: (target) => pay(409, target, accounts.closed()),
      floors: { 'read a row': readARow },
    },
    {
      name: 'payment created',
      fire: (target) => pay(201, target, accounts.open()),
      floors: {
        'call Stripe': ({ floor }) => {
          const url = `${floor}/call-stripe/${accounts.open()}`
          return call(200, { method: 'POST', url, body: AS_FORM.toString() })
        },
      },
    },
  ]
}

/** An answer that is not the expected one ends the run: what fails fast would look fast. */
async function call(status: number, what: Call): Promise<void> {
  const answer = await send(what)
  if (answer.status !== status) {
    throw new Error(`${what.method} ${what.url}: ${answer.status}, not ${status}: ${answer.text}`)
  }
}
