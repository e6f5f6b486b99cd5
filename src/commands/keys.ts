/**
 * `npm run keys`: creates, lists and revokes API keys. A key is shown once, on creation; the database stores only its hash.
 * Every request reads its key's row, so a revocation takes effect everywhere at once.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { isLive, parseVariables } from '../config.ts'
import { hashSecret, makeApiKey, SCOPES, type Scope } from '../http/api-key.ts'
import { toTime } from '../http/time.ts'
import { insertClient, listClients, revokeClient, selectClient, type ClientRow } from '../store/clients.ts'
import { databaseOf, DEV_OPTION, environmentOf, type Where } from './environment.ts'
import { CommandFailed, nodeTerminal, run, type Terminal } from './terminal.ts'

type Mode = 'test' | 'live'
type NewKey = Where & { name: string; scopes: Scope[]; mode?: Mode; expires?: number }

const DAY_MS = 86_400_000
const MAX_DAYS = 3_650

export function keysCommand(terminal: Terminal): Command {
  const keys = new Command('keys').description('Creates, lists and revokes API keys.')
  keys
    .command('create')
    .description('creates a key and prints it, once')
    .requiredOption('--name <name>', 'the owner of the key; the history shows this name', toName)
    .requiredOption('--scopes <scopes>', `comma-separated list of: ${SCOPES.join(' ')}`, toScopes)
    .addOption(
      new Option(
        '--mode <mode>',
        'the Stripe mode of the key (default: the mode of STRIPE_SECRET_KEY)',
      ).choices(['test', 'live']),
    )
    .option('--expires <days>', 'when the key stops working, such as 90d (default: never)', toLifetime)
    .addOption(DEV_OPTION)
    .action(async (options: NewKey) => create(terminal, options))
  keys
    .command('list')
    .description('lists all keys, without their secrets')
    .addOption(DEV_OPTION)
    .action(async (where: Where) => list(terminal, where))
  keys
    .command('revoke <id>')
    .description('revokes a key by its id; its next request is refused')
    .addOption(DEV_OPTION)
    .action(async (id: string, where: Where) => revoke(terminal, id, where))
  return keys
}

async function create(terminal: Terminal, { name, scopes, mode, expires, ...where }: NewKey): Promise<void> {
  const livemode = (mode ?? (await modeOf(terminal, where))) === 'live'
  const { key, id, secret } = makeApiKey(livemode)
  const database = await databaseOf(terminal, where)
  const secretHash = await hashSecret(secret)
  const at = terminal.now()
  const expiresAt = expires === undefined ? null : at + expires
  await database.write([insertClient({ id, name, secretHash, scopes, livemode, at, expiresAt })])
  terminal.out(key)
  terminal.err(`Created the ${livemode ? 'live' : 'test'} key ${id} for ${name}: ${scopes.join(', ')}.`)
  if (expiresAt !== null) terminal.err(`It stops working at ${toTime(expiresAt)}.`)
  terminal.err('It is not shown again and cannot be recovered. Store it with your other secrets.')
}

async function list(terminal: Terminal, where: Where): Promise<void> {
  const database = await databaseOf(terminal, where)
  const [clients] = await database.read([listClients()])
  if (clients.length === 0) terminal.err('There is no key yet.')
  else for (const line of table(clients)) terminal.out(line)
}

async function revoke(terminal: Terminal, idOrPrefix: string, where: Where): Promise<void> {
  // Accept the id with its `gk_<mode>_` prefix, but not a whole key: shells record their command lines.
  const id = idOrPrefix.replace(/^gk_(test|live)_/, '')
  if (id.includes('_'))
    throw new CommandFailed('Give the key’s id only: the 12 characters after gk_test_ or gk_live_.')
  const database = await databaseOf(terminal, where)
  const [, client] = await database.write([revokeClient(id, terminal.now()), selectClient(id)])
  if (!client) throw new CommandFailed(`There is no key ${id}. \`npm run keys -- list\` shows them.`)
  terminal.err(
    `The key ${id} of ${client.name} is revoked as of ${toTime(client.revoked_at ?? terminal.now())}. Running requests finish; new ones are refused.`,
  )
}

async function modeOf(terminal: Terminal, where: Where): Promise<Mode> {
  const env = await environmentOf(terminal, where)
  if (!env['STRIPE_SECRET_KEY'])
    throw new CommandFailed('Add --mode test or --mode live, because STRIPE_SECRET_KEY is not set.')
  return isLive(parseVariables(env, ['STRIPE_SECRET_KEY']).STRIPE_SECRET_KEY) ? 'live' : 'test'
}

function toName(text: string): string {
  const name = text.trim()
  if (/^[\x21-\x7e][\x20-\x7e]{0,49}$/.test(name)) return name
  throw new InvalidArgumentError('A name must have 1 to 50 printable ASCII characters.')
}

/** @returns ms */
function toLifetime(text: string): number {
  const days = Number(/^(\d{1,4})d$/.exec(text)?.[1])
  if (days >= 1 && days <= MAX_DAYS) return days * DAY_MS
  throw new InvalidArgumentError(`A lifetime is a number of days from 1d to ${MAX_DAYS}d, such as 90d.`)
}

function toScopes(text: string): Scope[] {
  const names = [...new Set(text.split(',').map((part) => part.trim()))]
  const unknown = names.filter((name) => !(SCOPES as readonly string[]).includes(name))
  if (unknown.length === 0) return names as Scope[]
  throw new InvalidArgumentError(
    `There is no scope ${unknown.join(', ')}. The scopes are ${SCOPES.join(' ')}.`,
  )
}

function table(clients: readonly ClientRow[]): string[] {
  const time = (ms: number | null) => (ms === null ? '' : toTime(ms))
  const rows = clients.map((client) => [
    client.id,
    client.name,
    client.livemode === 1 ? 'live' : 'test',
    toTime(client.created_at),
    time(client.last_used_at),
    time(client.expires_at),
    time(client.revoked_at),
    client.scopes.join(','),
  ])
  const lines = [['id', 'name', 'mode', 'created', 'last used', 'expires', 'revoked', 'scopes'], ...rows]
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

if (import.meta.main) {
  const terminal = nodeTerminal()
  process.exitCode = await run(keysCommand(terminal), process.argv.slice(2), terminal)
}
