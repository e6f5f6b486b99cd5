/** Progress of the benchmark: a bar on a terminal, a line per part in a log. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** Starts the next part. */
  next: (part: string) => void
  /** Sets the finished share of the current part, from 0 to 1. */
  within: (share: number) => void
  end: () => void
}

export function showProgress(stream: NodeJS.WriteStream, parts: number): Progress {
  let begun = 0
  if (!stream.isTTY) {
    return {
      next(part) {
        begun += 1
        stream.write(`${begun} of ${parts}: ${part}\n`)
      },
      within() {},
      end() {},
    }
  }
  const bar = new SingleBar(
    { stream, format: ' {bar} {percentage}% | {duration_formatted} | {part}', hideCursor: true },
    Presets.shades_classic,
  )
  bar.start(parts, 0, { part: '' })
  return {
    next(part) {
      bar.update(begun, { part })
      begun += 1
    },
    within: (share) => bar.update(begun - 1 + share),
    end: () => bar.stop(),
  }
}
