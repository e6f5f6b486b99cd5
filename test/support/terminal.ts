/** A terminal for running commands: it records their output, and tests replace its `fetch`. */
import type { Command } from 'commander'
import { run, type Terminal } from '../../src/commands/terminal.ts'

export interface Ran {
  code: number
  out: string[]
  err: string[]
}

export function aTerminal(overrides: Partial<Terminal> = {}) {
  const printed = { out: [] as string[], err: [] as string[] }
  const terminal: Terminal = {
    out: (line) => void printed.out.push(line),
    err: (line) => void printed.err.push(line),
    env: {},
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    random: Math.random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...overrides,
  }
  return { terminal, printed }
}

/** Runs one command line in a new terminal. */
export async function ran(
  command: (terminal: Terminal) => Command,
  line: string | readonly string[],
  overrides: Partial<Terminal> = {},
): Promise<Ran> {
  const { terminal, printed } = aTerminal(overrides)
  const args = typeof line === 'string' ? line.split(' ') : line
  return { code: await run(command(terminal), args, terminal), ...printed }
}
