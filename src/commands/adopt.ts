/**
 * `npm run adopt`: brings the platform's existing connected accounts under a machine each. Ended in any way, it goes on
 * where it stopped when it is run again.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Stripe } from 'stripe'
import { adoptPage, NEW_WALK, readWalk, type AdoptDeps, type Walk } from '../accounts/adopt.ts'
import { parseVariables } from '../config.ts'
import { newRequestId } from '../ids.ts'
import { lifecycles } from '../lifecycles.ts'
import { countStates } from '../store/instances.ts'
import { mapResult } from '../store/parse.ts'
import { rateLimited } from '../stripe/rate-limited.ts'
import { failedCall } from '../stripe/errors.ts'
import { databaseOf, DEV_OPTION, environmentOf, stripeOf, type Where } from './environment.ts'
import { barProgress, lineProgress, type Progress } from './progress.ts'
import { CommandFailed, nodeTerminal, run, type Terminal } from './terminal.ts'

/**
 * Pages of a hundred accounts a second. A sandbox takes 25 calls a second and live mode 25 to one endpoint: a fifth of
 * that leaves the rest to the service. https://docs.stripe.com/rate-limits
 */
export const PER_SECOND = 5
const MOST_PER_SECOND = 20

export interface Watched {
  progress: Progress
  /** Somebody wants it to end; it does, after the page at hand. */
  isStopped: () => boolean
}

export function adoptCommand(terminal: Terminal, watched: Watched): Command {
  return new Command('adopt')
    .description(
      'Brings the platform’s existing connected accounts in. Resumable; changes nothing at Stripe.',
    )
    .addOption(
      new Option('--rate <calls>', 'calls to Stripe a second, each for a hundred accounts')
        .argParser(toRate)
        .default(PER_SECOND),
    )
    .addOption(DEV_OPTION)
    .action(async (asked: Where & { rate: number }) => adopt(terminal, watched, asked))
}

async function adopt(
  terminal: Terminal,
  { progress, isStopped }: Watched,
  { rate, ...where }: Where & { rate: number },
): Promise<void> {
  const deps = await depsOf(terminal, where, rate)
  const name = newRequestId()
  let walk = await readWalk(deps)
  if (walk.accounts > 0) terminal.err(`Going on after ${walk.accounts} accounts.`)
  try {
    while (!walk.done && !isStopped()) {
      // oxlint-disable no-await-in-loop
      const page = await adoptPage(deps, walk, name).catch((error: unknown) => {
        if (!isGone(error, walk)) throw error
        terminal.err('The account it stopped at is no longer in Stripe’s list: starting over.')
        return { walk: NEW_WALK, failures: [] }
      })
      // oxlint-enable no-await-in-loop
      walk = page.walk
      for (const { account, reason } of page.failures) terminal.err(`${account} was left out: ${reason}`)
      progress.at(walk.accounts, !walk.done)
    }
  } catch (error) {
    terminal.err(`It ended after ${walk.accounts} accounts, and goes on there when it is run again.`)
    throw error
  } finally {
    progress.end()
  }
  if (!walk.done) throw new CommandFailed(`Stopped after ${walk.accounts} accounts. Run it again to go on.`)
  await summarise(terminal, deps, walk)
}

async function depsOf(terminal: Terminal, where: Where, rate: number): Promise<AdoptDeps> {
  const env = parseVariables(await environmentOf(terminal, where), ['FACTS_MAX_AGE_S'])
  const stripe = await stripeOf(terminal, where)
  const { now, random, sleep } = terminal
  return {
    lifecycles,
    config: { factsMaxAgeMs: env.FACTS_MAX_AGE_S * 1000 },
    db: await databaseOf(terminal, where),
    list: rateLimited(terminal, rate, (params: Stripe.AccountListParams) => stripe.listAccounts(params)),
    now,
    random,
    sleep,
    log: (entry) => terminal.err(JSON.stringify(entry)),
    // What is owed is in the outbox; the service's own cron runs it.
    runSoon: () => {},
  }
}

/** Stripe goes on after an account only while it lists it. */
function isGone(error: unknown, walk: Walk): boolean {
  const failure = failedCall(error)?.failure
  return walk.after !== null && failure?.kind === 'refused' && failure.param === 'starting_after'
}

async function summarise(terminal: Terminal, { db }: AdoptDeps, walk: Walk): Promise<void> {
  const { accounts, begun, unsupported, failed } = walk
  const regions = ['onboarding', 'charges', 'payouts'] as const
  const counted = await db.read(
    regions.map((region) => mapResult(countStates('account', region), (counts) => ({ region, counts }))),
  )
  terminal.out(
    `${accounts} accounts at Stripe: ${begun} new here, ${accounts - begun - failed} known before.`,
  )
  terminal.out('All that are here, some of them perhaps gone from Stripe’s list, by state:')
  for (const { region, counts } of counted) {
    const states = counts.map(({ state, count }) => `${count} ${state}`)
    terminal.out(`${region.padEnd(12)}${states.join(', ') || 'none'}`)
  }
  if (unsupported > 0) {
    terminal.out(
      `${unsupported} of the new ones have a shape that is not served: they can be read, not charged. Their status says why.`,
    )
  }
  if (failed > 0)
    throw new CommandFailed(
      `${failed} were left out, for the reasons above. Run it again once those are mended.`,
    )
}

function toRate(text: string): number {
  const rate = Number(text)
  if (rate > 0 && rate <= MOST_PER_SECOND) return rate
  throw new InvalidArgumentError(
    `A rate is more than 0 and at most ${MOST_PER_SECOND}: Stripe takes 25 calls a second.`,
  )
}

if (import.meta.main) {
  const terminal = nodeTerminal()
  let stopped = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true))
  const progress = process.stderr.isTTY ? barProgress(process.stderr) : lineProgress(terminal)
  const command = adoptCommand(terminal, { progress, isStopped: () => stopped })
  process.exitCode = await run(command, process.argv.slice(2), terminal)
}
