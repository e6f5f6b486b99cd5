/**
 * `npm run adopt`: imports the platform's existing connected accounts, one machine instance for each. However a run ends,
 * the next run continues where it stopped.
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
 * Calls per second, each for a page of a hundred accounts. Stripe allows 25 calls per second in a sandbox and to one live
 * endpoint. A fifth of that leaves the rest to the service. https://docs.stripe.com/rate-limits
 */
export const PER_SECOND = 5
const MOST_PER_SECOND = 20

export interface AdoptControls {
  progress: Progress
  /** True once the user has asked to stop. The run ends after the current page. */
  isStopped: () => boolean
}

export function adoptCommand(terminal: Terminal, controls: AdoptControls): Command {
  return new Command('adopt')
    .description('Imports the platform’s existing connected accounts. Resumable; changes nothing at Stripe.')
    .addOption(
      new Option('--rate <calls>', 'calls to Stripe per second; each call reads a hundred accounts')
        .argParser(toRate)
        .default(PER_SECOND),
    )
    .addOption(DEV_OPTION)
    .action(async (options: Where & { rate: number }) => adopt(terminal, controls, options))
}

async function adopt(
  terminal: Terminal,
  { progress, isStopped }: AdoptControls,
  { rate, ...where }: Where & { rate: number },
): Promise<void> {
  const deps = await depsOf(terminal, where, rate)
  const runId = newRequestId()
  let walk = await readWalk(deps)
  if (walk.accounts > 0) terminal.err(`Continuing after ${walk.accounts} accounts.`)
  try {
    while (!walk.done && !isStopped()) {
      // oxlint-disable no-await-in-loop
      const page = await adoptPage(deps, walk, runId).catch((error: unknown) => {
        if (!isStartGone(error, walk)) throw error
        terminal.err('Stripe no longer lists the account at which the last run stopped: starting over.')
        return { walk: NEW_WALK, failures: [] }
      })
      // oxlint-enable no-await-in-loop
      walk = page.walk
      for (const { account, reason } of page.failures) terminal.err(`${account} was not imported: ${reason}`)
      progress.at(walk.accounts, !walk.done)
    }
  } catch (error) {
    terminal.err(`Failed after ${walk.accounts} accounts. Run it again to continue there.`)
    throw error
  } finally {
    progress.end()
  }
  if (!walk.done)
    throw new CommandFailed(`Stopped after ${walk.accounts} accounts. Run it again to continue there.`)
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
    // The effects stay in the outbox, and the service's cron runs them.
    runSoon: () => {},
  }
}

/** Stripe refuses `starting_after` if it no longer lists that account. */
function isStartGone(error: unknown, walk: Walk): boolean {
  const failure = failedCall(error)?.failure
  return walk.after !== null && failure?.kind === 'refused' && failure.param === 'starting_after'
}

async function summarise(terminal: Terminal, { db }: AdoptDeps, walk: Walk): Promise<void> {
  const { accounts, begun, unsupported, failed } = walk
  const regions = ['onboarding', 'charges', 'payouts'] as const
  const countsByRegion = await db.read(
    regions.map((region) => mapResult(countStates('account', region), (counts) => ({ region, counts }))),
  )
  terminal.out(
    `Stripe lists ${accounts} accounts: ${begun} were imported, ${accounts - begun - failed} were already known.`,
  )
  terminal.out('All accounts in Gatehouse by state, including those that Stripe no longer lists:')
  for (const { region, counts } of countsByRegion) {
    const states = counts.map(({ state, count }) => `${count} ${state}`)
    terminal.out(`${region.padEnd(12)}${states.join(', ') || 'none'}`)
  }
  if (unsupported > 0) {
    terminal.out(
      `${unsupported} of the imported accounts have an unsupported Connect configuration: they can be read but not charged. Their status says why.`,
    )
  }
  if (failed > 0)
    throw new CommandFailed(
      `${failed} accounts were not imported, for the reasons above. Fix those and run it again.`,
    )
}

function toRate(text: string): number {
  const rate = Number(text)
  if (rate > 0 && rate <= MOST_PER_SECOND) return rate
  throw new InvalidArgumentError(
    `The rate must be more than 0 and at most ${MOST_PER_SECOND}: Stripe allows 25 calls per second.`,
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
