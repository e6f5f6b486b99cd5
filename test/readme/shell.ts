/** One bash session into which snippets are pasted, one after the other. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Shell {
  /** Resolves with what the snippet printed. */
  paste: (snippet: string) => Promise<string>
  close: () => Promise<void>
}

const PASTE_TIMEOUT_MS = 60_000

export function openShell({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Shell {
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd, env, detached: true })
  let printed = ''
  let ended = false
  for (const stream of [bash.stdout, bash.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  bash.once('exit', () => (ended = true))
  let pasted = 0

  return {
    async paste(snippet) {
      pasted += 1
      const end = `end-of-snippet-${pasted}`
      printed = ''
      bash.stdin.write(`${snippet}\necho "${end}"\n`)
      const until = Date.now() + PASTE_TIMEOUT_MS
      while (!printed.includes(end)) {
        if (ended || Date.now() > until) throw new Error(`The snippet did not end:\n${snippet}\n${printed}`)
        // oxlint-disable-next-line no-await-in-loop
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return printed.slice(0, printed.indexOf(end)).trim()
    },
    async close() {
      if (ended || bash.pid === undefined) return
      const exited = once(bash, 'exit')
      // The whole group: a snippet may have left a server in the background.
      process.kill(-bash.pid, 'SIGKILL')
      await exited
    },
  }
}
