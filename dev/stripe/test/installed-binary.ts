import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The path of a command that npm has installed, for this package alone or for the whole workspace. */
export function installedBinary(name: string, folder = import.meta.dirname): string {
  const path = join(folder, 'node_modules/.bin', name)
  if (existsSync(path)) return path
  if (folder === dirname(folder)) throw new Error(`${name} is not installed`)
  return installedBinary(name, dirname(folder))
}
