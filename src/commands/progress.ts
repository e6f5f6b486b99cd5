/** Progress of a long command: a bar on a terminal, a line per thousand accounts in a log. */
import { Presets, SingleBar } from 'cli-progress'
import type { Terminal } from './terminal.ts'

export interface Progress {
  /** `more`: Stripe has at least one more page. Stripe never returns the total. */
  at(done: number, more: boolean): void
  end(): void
}

/** The last page may be shorter; the bar says "at least" of a full one. */
const PAGE = 100
const LINE_EVERY = 1_000

export function barProgress(stream: NodeJS.WritableStream): Progress {
  const bar = new SingleBar(
    {
      stream,
      format: ' {bar} {value} of {least} accounts | {duration_formatted}',
      hideCursor: true,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  )
  let started = false
  return {
    at(done, more) {
      const total = more ? done + PAGE : done
      const least = more ? `at least ${total}` : String(total)
      if (!started) bar.start(total, done, { least })
      started = true
      bar.setTotal(total)
      bar.update(done, { least })
    },
    end: () => {
      if (started) bar.stop()
    },
  }
}

export function lineProgress(terminal: Pick<Terminal, 'err'>): Progress {
  let reported = 0
  return {
    at(done, more) {
      if (more && done - reported < LINE_EVERY) return
      reported = done
      terminal.err(`${done} accounts${more ? ' so far' : ' in total'}`)
    },
    end() {},
  }
}
