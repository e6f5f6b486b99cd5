/** How far a long command has come: a bar where a person watches, a line now and then where the output is kept. */
import { Presets, SingleBar } from 'cli-progress'
import type { Terminal } from './terminal.ts'

export interface Progress {
  /** `more`: Stripe has at least one more page; how many accounts there are it never says. */
  at(done: number, more: boolean): void
  end(): void
}

const LEAST_MORE = 100
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
      const total = more ? done + LEAST_MORE : done
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
  let said = 0
  return {
    at(done, more) {
      if (more && done - said < LINE_EVERY) return
      said = done
      terminal.err(`${done} accounts${more ? ', and more' : ', all'}`)
    },
    end() {},
  }
}
