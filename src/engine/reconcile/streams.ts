/** Which of Stripe's lists of events is read when: who is busy often, who is quiet once a day, who is overdue first. */
import { describeError } from '../../log.ts'
import { markForCheck } from '../../store/checks.ts'
import { saveCursor, selectCursor } from '../../store/cursors.ts'
import type { Statement } from '../../store/database.ts'
import { EVENTS_KEPT_S, PLATFORM, saveStream, selectDueStreams, type StreamRow } from '../../store/streams.ts'
import { failedCall } from '../../stripe/errors.ts'
import type { EngineDeps } from '../deps.ts'
import { endsTheRun, troubleOf } from './failure.ts'
import { readEvents, type Reading } from './read-events.ts'
import { recheckOwned } from './recheck.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** The platform's own list is one, and tells of every account if Stripe shows them there. */
const PLATFORM_MS = MINUTE_MS
const SHORTEST_MS = 10 * MINUTE_MS
/** Of the time since an account's last event: one that was quiet for eight days is read once a day. */
const SHARE = 1 / 8
const SOME = 20
const KEPT_MS = EVENTS_KEPT_S * 1000
/** That the platform's own list holds its accounts' events, once it was seen to. */
const HOLDS_ACCOUNTS = 'platform_events_hold_accounts'

/** Reads lists that are due, some at a time. False: none is. @throws BudgetSpent, what ends the run */
export async function readSomeStreams(deps: EngineDeps): Promise<boolean> {
  const [due, holds] = await deps.db.read([selectDueStreams(deps.now(), SOME), selectCursor(HOLDS_ACCOUNTS)])
  const holdsAccounts = holds === true
  for (const stream of due) {
    // oxlint-disable-next-line no-await-in-loop
    await deps.db.write(await readStream(deps, stream, holdsAccounts))
  }
  return due.length === SOME
}

/** What is to be remembered of it. @throws what ends the run */
async function readStream(deps: EngineDeps, stream: StreamRow, holdsAccounts: boolean): Promise<Statement[]> {
  try {
    const reading = await readEvents(deps, stream)
    // Of what happened before the list begins, no list tells any more.
    const isCut = reading.isDone && (reading.now - stream.position) * 1000 > KEPT_MS
    if (isCut && stream.account !== PLATFORM)
      await recheckOwned(deps, { account: stream.account, until: deps.now() - KEPT_MS })
    const next_at = deps.now() + (reading.isDone ? waitAfter(reading, holdsAccounts) : 0)
    return [
      saveStream({ ...reading.stream, next_at }),
      ...(reading.holdsAccounts && !holdsAccounts ? [saveCursor(HOLDS_ACCOUNTS, true, deps.now())] : []),
    ]
  } catch (error) {
    if (endsTheRun(error)) throw error
    const last_error = describeError(error)
    // It goes on where it stands, after those that were due before it.
    if (troubleOf(error) !== null)
      return [saveStream({ ...stream, next_at: deps.now() + MINUTE_MS, last_error })]
    const isAway = failedCall(error)?.failure.kind === 'no_access'
    const next_at = deps.now() + (isAway ? DAY_MS : SHORTEST_MS)
    // Where the reading stopped there may be nothing any more to go on from.
    const again = { ...stream, reading_to: null, read_after: null, next_at, last_error }
    // Whether the account really is out of reach, a look at the account itself will tell.
    return [
      saveStream(again),
      ...(isAway ? [markForCheck(deps.lifecycles.owner.lifecycle.name, stream.account, deps.now())] : []),
    ]
  }
}

function waitAfter({ stream, recovered, now }: Reading, holdsAccounts: boolean): number {
  if (stream.account === PLATFORM) return PLATFORM_MS
  // What was lost once is lost in numbers.
  if (recovered > 0) return SHORTEST_MS
  if (holdsAccounts || stream.newest === null) return DAY_MS
  return Math.min(DAY_MS, Math.max(SHORTEST_MS, (now - stream.newest) * 1000 * SHARE))
}
