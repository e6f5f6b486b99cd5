/** What a command has in hand: where it writes, what it is told, and how it ends. The tests hold the other end. */
import { CommanderError, type Command } from 'commander'
import { InvalidConfig } from '../config.ts'
import { StorageUnavailable } from '../store/database.ts'
import { failedCall } from '../stripe/errors.ts'

export interface Terminal {
  /** What the user asked for: the only thing on standard output. */
  out: (line: string) => void
  /** What is said about it. */
  err: (line: string) => void
  env: Record<string, string | undefined>
  fetch: typeof fetch
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
}

/** A command that cannot do what it was asked. The message says what to do about it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
}

export const MISUSED = 2

export function nodeTerminal(): Terminal {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }
}

/** Runs a command; its exit code: 0 as asked, 1 it could not, 2 it was not asked rightly. */
export async function run(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0
  const each = [command, ...command.commands]
  for (const one of each) {
    one.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
  }
  try {
    await command.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? 0 : MISUSED
    else {
      terminal.err(complaint(error))
      code = 1
    }
  }
  return code
}

/** Never the values of the environment, and no stack where the message says it all. */
function complaint(error: unknown): string {
  if (error instanceof CommandFailed) return error.message
  if (error instanceof InvalidConfig) return `${error.message} With --dev, it works on the local stack.`
  if (error instanceof StorageUnavailable)
    return `The database at LIBSQL_URL did not do it: ${error.message}.`
  const failed = failedCall(error)
  if (failed && 'message' in failed.failure) return `Stripe did not do it: ${failed.failure.message}`
  if (failed) return `Stripe did not do it (${failed.failure.kind}).`
  return error instanceof Error ? (error.stack ?? error.message) : 'failed for no reason it could name'
}
