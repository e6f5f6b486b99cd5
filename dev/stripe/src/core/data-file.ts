import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type SavedWorld, toSaved } from './saved-world.ts'
import type { World } from './world.ts'

/** Keeps the world in a file: written soon after it changed, whole or not at all. */
export interface DataFile {
  changed(): void
  /** Everything up to now is in the file. */
  flush(): Promise<void>
}

const SETTLES_AFTER_MS = 500

export function createDataFile(path: string | undefined, world: () => World): DataFile {
  if (path === undefined) return { changed() {}, flush: async () => {} }
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(() => save(path, world()))
    return writing
  }
  return {
    changed() {
      timer ??= setTimeout(() => {
        write().catch((error: unknown) => console.error(error))
      }, SETTLES_AFTER_MS).unref()
    },
    flush: write,
  }
}

export function readDataFile(path: string | undefined): SavedWorld | undefined {
  if (path === undefined || !existsSync(path)) return undefined
  // The border: the simulator wrote it, and says so in its first line.
  const saved = JSON.parse(readFileSync(path, 'utf8')) as Partial<SavedWorld>
  if (saved.version !== 1)
    throw new Error(`${path} was not written by this version of the simulator: remove it to start over`)
  return saved as SavedWorld
}

/** A crash in the middle leaves the old file as it was. */
async function save(path: string, world: World): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const next = `${path}.next`
  await writeFile(next, JSON.stringify(toSaved(world)))
  await rename(next, path)
}
