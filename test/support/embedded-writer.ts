/** Writes rows one commit at a time and prints the number of each row that was committed. Args: the file's URL, a prefix. */
import { openEmbedded } from '../../src/store/embedded.ts'

const [url = '', prefix = '', count = 'Infinity'] = process.argv.slice(2)
const db = openEmbedded(url)
for (let row = 1; row <= Number(count); row += 1) {
  const rows = ['a', 'b'].map((half) => ({
    sql: 'INSERT INTO entries (name, half) VALUES (?, ?)',
    args: [`${prefix}${row}`, half],
    parse: () => undefined,
  }))
  // oxlint-disable-next-line no-await-in-loop
  await db.write(rows)
  process.stdout.write(`${row}\n`)
}
db.close()
