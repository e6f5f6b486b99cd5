/** `npm run backup -- <file>` and `npm run restore -- <file>`: for a database embedded in the service (`LIBSQL_URL=file:…`). */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { parseVariables } from '../config.ts'
import { backUp, BackupFailed, restore } from '../store/backup.ts'
import { DEV_OPTION, environmentOf, type Where } from './environment.ts'
import { CommandFailed, nodeTerminal, run, type Terminal } from './terminal.ts'

export function backupCommand(terminal: Terminal): Command {
  const command = new Command('backup').description(
    'Backs up the database of a self-hosted service, and restores a backup.',
  )
  command
    .command('create <file>')
    .description('copies the database to a new file; the service may be running')
    .addOption(DEV_OPTION)
    .action(async (file: string, where: Where) => {
      const bytes = await asCommandFailure(backUp(await urlOf(terminal, where), resolve(file)))
      terminal.err(`Copied ${(bytes / 1e6).toFixed(1)} MB to ${file}. The copy passes the integrity check.`)
    })
  command
    .command('restore <file>')
    .description('replaces the database of a stopped service by a backup')
    .addOption(DEV_OPTION)
    .action(async (file: string, where: Where) => {
      const at = { now: terminal.now(), epoch: crypto.randomUUID() }
      const replaced = await asCommandFailure(restore(await urlOf(terminal, where), resolve(file), at))
      terminal.err(
        `Restored ${file}. Start the service: it applies pending migrations and reads Stripe's events since the backup.`,
      )
      if (replaced) terminal.err(`The replaced database is kept as ${replaced}.`)
      terminal.err(
        'API keys, holds and stored answers to idempotency keys that are newer than the backup are lost.',
      )
    })
  return command
}

async function urlOf(terminal: Terminal, where: Where): Promise<string> {
  const { LIBSQL_URL } = parseVariables(await environmentOf(terminal, where), ['LIBSQL_URL'])
  if (LIBSQL_URL.startsWith('file:')) return LIBSQL_URL
  throw new CommandFailed(
    'LIBSQL_URL names a server, and these commands work on a file: database only. Use the tools of the server.',
  )
}

async function asCommandFailure<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof BackupFailed ? new CommandFailed(error.message) : error
  })
}

if (import.meta.main) {
  const terminal = nodeTerminal()
  process.exitCode = await run(backupCommand(terminal), process.argv.slice(2), terminal)
}
