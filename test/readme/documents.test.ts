/** Every document of the repository names things that exist. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const GENERATED = new Set(['node_modules', 'dist', '.data', '.git', '.wrangler', 'coverage', 'reports'])
const documents = [
  ...globSync('**/*.md', { exclude: (name) => GENERATED.has(name) }),
  ...globSync('.github/*.md'),
].map((file) => [file, readFileSync(file, 'utf8')] as const)
/** The scripts of a document's own package, and of the root, which holds the whole project's. */
const scriptsFor = (file: string) =>
  ['package.json', join(dirname(file), 'package.json')].flatMap((path) => {
    if (!existsSync(path)) return []
    return Object.keys((JSON.parse(readFileSync(path, 'utf8')) as { scripts: object }).scripts)
  })

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(documents)('%s', (file, text) => {
  it('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to)
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      if (!existsSync(target)) return true
      return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  it('names npm scripts that exist', () => {
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => script)
    expect(named.filter((script) => !scriptsFor(file).includes(script))).toEqual([])
  })
})
