/**
 * Applies the migrations in order, each in one transaction, and records its checksum. It refuses to run if the history was
 * edited: an applied file was changed or removed, or a new file sorts before an applied one. With `--check` it applies
 * nothing and exits with 1 if a migration is pending.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createClient } from '@libsql/client/web'
import { z } from 'zod'
import { openEmbedded } from '../src/store/embedded.ts'

export interface Migration {
  name: string
  sql: string
  checksum: string
}

/** The part of a database client that migrations need, over HTTP or embedded. */
export interface MigrationClient {
  execute(sql: string): Promise<{ rows: readonly object[] }>
  /** Runs statements that contain their own transaction. It is rolled back if one of them fails. */
  executeMultiple(sql: string): Promise<void>
  close(): void
}

export class EditedHistory extends Error {
  override readonly name = 'EditedHistory'
}

/** The `.sql` files of a folder, sorted by name. */
export async function readMigrations(folder = new URL('.', import.meta.url)): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, folder), 'utf8')
      return {
        name: file.replace(/\.sql$/, ''),
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      }
    }),
  )
}

/** Applies all pending migrations and returns their names. @throws EditedHistory */
export async function applyMigrations(
  client: MigrationClient,
  migrations: readonly Migration[],
): Promise<string[]> {
  await client.execute(`CREATE TABLE IF NOT EXISTS migrations (
    name        TEXT    NOT NULL PRIMARY KEY,
    checksum    TEXT    NOT NULL,
    applied_at  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`)
  const applied: string[] = []
  for (;;) {
    // oxlint-disable no-await-in-loop
    const [next] = pendingAfter(await appliedTo(client), migrations)
    if (!next) return applied
    if (await apply(client, next)) applied.push(next.name)
    // oxlint-enable no-await-in-loop
  }
}

/** The names of the migrations that `applyMigrations` would apply. @throws EditedHistory */
export async function pendingMigrations(
  client: MigrationClient,
  migrations: readonly Migration[],
): Promise<string[]> {
  const { rows } = await client.execute(`SELECT 1 FROM sqlite_master WHERE name = 'migrations'`)
  const applied = rows.length > 0 ? await appliedTo(client) : []
  return pendingAfter(applied, migrations).map(({ name }) => name)
}

/**
 * Applies one migration and inserts its row, in one transaction and one request, so that a lost connection rolls everything
 * back. The row is inserted first: if two runs race, the second fails on its primary key. Returns false in that case.
 */
async function apply(client: MigrationClient, { name, sql, checksum }: Migration): Promise<boolean> {
  try {
    await client.executeMultiple(`
      BEGIN IMMEDIATE;
      INSERT INTO migrations (name, checksum, applied_at) VALUES ('${name}', '${checksum}', ${Date.now()});
      ${sql}
      COMMIT;
    `)
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('UNIQUE constraint failed: migrations')) return false
    throw error
  }
}

async function appliedTo(client: MigrationClient): Promise<{ name: string; checksum: string }[]> {
  const { rows } = await client.execute('SELECT name, checksum FROM migrations ORDER BY name')
  return z.array(z.object({ name: z.string(), checksum: z.string() })).parse(rows)
}

function pendingAfter(
  applied: readonly { name: string; checksum: string }[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const [index, { name, checksum }] of applied.entries()) {
    const migration = migrations[index]
    if (!migration)
      throw new EditedHistory(`The database has the migration ${name}, which this version does not know.`)
    if (migration.name !== name)
      throw new EditedHistory(`Expected ${name} at position ${index + 1}, found ${migration.name}.`)
    if (migration.checksum !== checksum) throw new EditedHistory(`${name} was edited after it was applied.`)
  }
  return migrations.slice(applied.length)
}

/** Opens a `file:` database in this process. Any other URL names a server. */
function openForMigrations(url: string, authToken: string | null): MigrationClient {
  return url.startsWith('file:') ? openEmbedded(url) : createClient({ url, ...(authToken && { authToken }) })
}

/** Opens a database, applies all pending migrations and closes it. Returns the names of the applied migrations. */
export async function migrate(url: string, authToken: string | null): Promise<string[]> {
  const client = openForMigrations(url, authToken)
  try {
    return await applyMigrations(client, await readMigrations())
  } finally {
    client.close()
  }
}

if (import.meta.main) {
  const url = process.env['LIBSQL_URL']
  if (!url) {
    console.error('LIBSQL_URL is not set. Set it to the URL of the database to migrate.')
    process.exit(1)
  }
  const client = openForMigrations(url, process.env['LIBSQL_AUTH_TOKEN'] ?? null)
  try {
    const migrations = await readMigrations()
    if (process.argv.includes('--check')) {
      const pending = await pendingMigrations(client, migrations)
      if (pending.length > 0) {
        console.error(`Pending migrations: ${pending.join(', ')}. Run \`npm run migrate\` first.`)
        process.exitCode = 1
      }
    } else {
      const applied = await applyMigrations(client, migrations)
      console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'No migration is pending.')
    }
  } catch (error) {
    console.error(error instanceof EditedHistory ? `Refused: ${error.message} Nothing was applied.` : error)
    process.exit(1)
  } finally {
    client.close()
  }
}
