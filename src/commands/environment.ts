/** The deployment a command works on: the one its environment variables name or, with `--dev`, the local stack. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Option } from 'commander'
import { z } from 'zod'
import { parseStripe, parseVariables } from '../config.ts'
import { openDatabase, type Database } from '../store/database.ts'
import { openEmbedded } from '../store/embedded.ts'
import { openGateway, type Gateway } from '../stripe/gateway.ts'
import { CommandFailed, type Terminal } from './terminal.ts'

export interface Where {
  dev?: boolean
}

export const DEV_OPTION = new Option('--dev', 'use the local stack that `npm run dev` runs')

/** The part of the local stack's `dev.json` that commands need. */
const Dev = z.object({
  url: z.string(),
  stripe_sim: z.string(),
  libsql: z.string(),
  stripe_key: z.string(),
  webhook_secrets: z.object({ connect: z.string(), platform: z.string() }),
})

export async function environmentOf(
  terminal: Terminal,
  { dev }: Where,
): Promise<Record<string, string | undefined>> {
  if (!dev) return terminal.env
  const file = join(terminal.env['DATA_DIR'] ?? '.data', 'dev.json')
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandFailed(`There is no ${file}: start the local stack with \`npm run dev\` first.`)
  })
  const { url, stripe_sim, libsql, stripe_key, webhook_secrets } = Dev.parse(JSON.parse(text))
  return {
    STRIPE_SECRET_KEY: stripe_key,
    STRIPE_API_BASE: stripe_sim,
    STRIPE_CONNECT_WEBHOOK_SECRETS: webhook_secrets.connect,
    STRIPE_PLATFORM_WEBHOOK_SECRETS: webhook_secrets.platform,
    LIBSQL_URL: libsql,
    PUBLIC_URL: url,
  }
}

export async function databaseOf(terminal: Terminal, where: Where): Promise<Database> {
  const env = parseVariables(await environmentOf(terminal, where), ['LIBSQL_URL', 'LIBSQL_AUTH_TOKEN'])
  const { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: authToken = null } = env
  return url.startsWith('file:') ? openEmbedded(url) : openDatabase({ ...terminal, url, authToken })
}

export async function stripeOf(terminal: Terminal, where: Where): Promise<Gateway> {
  return openGateway({ ...terminal, ...parseStripe(await environmentOf(terminal, where)) })
}
