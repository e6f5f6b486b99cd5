/** How far a long measurement has come: a bar where a person watches, a line for every part where the output is kept. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** The next part begins. */
  next: (what: string) => void
  /** How much of the part is done, from 0 to 1. */
  within: (share: number) => void
  end: () => void
}

export function showProgress(stream: NodeJS.WriteStream, parts: number): Progress {
  let begun = 0
  if (!stream.isTTY) {
    return {
      next(what) {
        begun += 1
        stream.write(`${begun} of ${parts}: ${what}\n`)
      },
      within() {},
      end() {},
    }
  }
  const bar = new SingleBar(
    { stream, format: ' {bar} {percentage}% | {duration_formatted} | {what}', hideCursor: true },
    Presets.shades_classic,
  )
  bar.start(parts, 0, { what: '' })
  return {
    next(what) {
      bar.update(begun, { what })
      begun += 1
    },
    within: (share) => bar.update(begun - 1 + share),
    end: () => bar.stop(),
  }
}
