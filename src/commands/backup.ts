/** `npm run backup -- <file>` and `npm run restore -- <file>`, for a database that is embedded in the service. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { parseVariables } from '../config.ts'
import { backUp, BackupFailed, restore } from '../store/backup.ts'
import { DEV_OPTION, environmentOf, type Where } from './environment.ts'
import { CommandFailed, nodeTerminal, run, type Terminal } from './terminal.ts'

export function backupCommand(terminal: Terminal): Command {
  const command = new Command('backup').description(
    'Copies the database of a service, or puts a copy in its place.',
  )
  command
    .command('create <file>')
    .description('copies the database to a new file, while the service runs')
    .addOption(DEV_OPTION)
    .action(async (file: string, where: Where) => {
      const bytes = await failing(backUp(await urlOf(terminal, where), resolve(file)))
      terminal.err(`Copied ${(bytes / 1e6).toFixed(1)} MB to ${file}. The copy was checked.`)
    })
  command
    .command('restore <file>')
    .description('puts a copy in place of the database of a stopped service')
    .addOption(DEV_OPTION)
    .action(async (file: string, where: Where) => {
      const at = { now: terminal.now(), epoch: crypto.randomUUID() }
      const replaced = await failing(restore(await urlOf(terminal, where), resolve(file), at))
      terminal.err(
        `Restored ${file}. Start the service: it migrates the copy and reads Stripe's events since then.`,
      )
      if (replaced) terminal.err(`The database before is kept as ${replaced}.`)
      terminal.err(
        'API keys, holds and answers under idempotency keys that are newer than the copy are gone.',
      )
    })
  return command
}

async function urlOf(terminal: Terminal, where: Where): Promise<string> {
  const { LIBSQL_URL } = parseVariables(await environmentOf(terminal, where), ['LIBSQL_URL'])
  if (LIBSQL_URL.startsWith('file:')) return LIBSQL_URL
  throw new CommandFailed(
    'LIBSQL_URL names a server. Its own tools back it up; these commands copy a file: database.',
  )
}

async function failing<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof BackupFailed ? new CommandFailed(error.message) : error
  })
}

if (import.meta.main) {
  const terminal = nodeTerminal()
  process.exitCode = await run(backupCommand(terminal), process.argv.slice(2), terminal)
}
