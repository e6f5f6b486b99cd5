/** The inputs and outputs of a command, which tests replace, and the function that runs one. */
import { CommanderError, type Command } from 'commander'
import { InvalidConfig } from '../config.ts'
import { StorageUnavailable } from '../store/database.ts'
import { failedCall } from '../stripe/errors.ts'

export interface Terminal {
  /** Standard output: the result only, so that it can be piped. */
  out: (line: string) => void
  /** Standard error: messages about the result. */
  err: (line: string) => void
  env: Record<string, string | undefined>
  fetch: typeof fetch
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
}

/** An expected failure. Its message tells the user what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
}

const USAGE_ERROR = 2

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

/** Runs a command and returns its exit code: 0 for success, 1 for a failure, 2 for wrong usage. */
export async function run(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
  }
  try {
    await command.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR
    terminal.err(messageOf(error))
    return 1
  }
}

/** Never contains values of the environment. Only an unexpected error shows its stack. */
function messageOf(error: unknown): string {
  if (error instanceof CommandFailed) return error.message
  if (error instanceof InvalidConfig) return `${error.message} Use --dev for the local stack.`
  if (error instanceof StorageUnavailable) return `The database at LIBSQL_URL failed: ${error.message}.`
  const failed = failedCall(error)
  if (failed && 'message' in failed.failure) return `The call to Stripe failed: ${failed.failure.message}`
  if (failed) return `The call to Stripe failed (${failed.failure.kind}).`
  return error instanceof Error
    ? (error.stack ?? error.message)
    : 'The command failed without an error message.'
}
