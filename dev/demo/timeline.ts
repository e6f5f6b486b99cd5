/** The story as it is printed: when, what happened, and what it did to the machines. */
import { styleText } from 'node:util'

export interface Timeline {
  chapter: (title: string) => void
  /** One thing that happened, and the states it led to, region by region; what was so before is not said again. */
  happened: (what: string, states: Record<string, unknown>) => void
  /** One thing that happened, and what was answered. */
  answered: (what: string, answer: string) => void
}

export function timeline(write: (line: string) => void): Timeline {
  const started = Date.now()
  const known = new Map<string, unknown>()
  const line = (what: string, led: string) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(5)
    write(`${styleText('dim', `${seconds}s`)}  ${what.padEnd(54)} ${led}`)
  }
  return {
    chapter: (title) => write(`\n${styleText('bold', title)}`),
    answered: (what, answer) => line(what, styleText('yellow', answer)),
    happened(what, states) {
      const changed = Object.entries(states).filter(([region, state]) => known.get(region) !== state)
      for (const [region, state] of changed) known.set(region, state)
      line(
        what,
        styleText('cyan', changed.map(([region, state]) => `${region} ${String(state)}`).join(' · ')),
      )
    },
  }
}
