/**
 * A process that commits two rows at a time, and prints the number of each commit. Arguments: the URL of the database file, a
 * prefix of the names, and how many commits (default: until it is killed).
 */
import { openEmbedded } from '../../src/store/embedded.ts'

const [url = '', prefix = '', commits = 'Infinity'] = process.argv.slice(2)
const db = openEmbedded(url)
for (let commit = 1; commit <= Number(commits); commit += 1) {
  const rows = ['a', 'b'].map((half) => ({
    sql: 'INSERT INTO entries (name, half) VALUES (?, ?)',
    args: [`${prefix}${commit}`, half],
    parse: () => undefined,
  }))
  // oxlint-disable-next-line no-await-in-loop
  await db.write(rows)
  process.stdout.write(`${commit}\n`)
}
db.close()
