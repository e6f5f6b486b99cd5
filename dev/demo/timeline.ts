/** Prints the demo as a timeline: the time, the step, and the states or the answer it led to. */
import { styleText } from 'node:util'

export interface Timeline {
  chapter: (title: string) => void
  /** A step and the states of all regions afterwards. Only the changed ones are printed. */
  changed: (step: string, states: Record<string, unknown>) => void
  /** A step and the API's answer. */
  answered: (step: string, answer: string) => void
}

export function timeline(write: (line: string) => void): Timeline {
  const started = Date.now()
  const known = new Map<string, unknown>()
  const line = (step: string, result: string) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(5)
    write(`${styleText('dim', `${seconds}s`)}  ${step.padEnd(54)} ${result}`)
  }
  return {
    chapter: (title) => write(`\n${styleText('bold', title)}`),
    answered: (step, answer) => line(step, styleText('yellow', answer)),
    changed(step, states) {
      const changes = Object.entries(states).filter(([region, state]) => known.get(region) !== state)
      for (const [region, state] of changes) known.set(region, state)
      line(
        step,
        styleText('cyan', changes.map(([region, state]) => `${region} ${String(state)}`).join(' · ')),
      )
    },
  }
}
