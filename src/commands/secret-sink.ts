/** Writes new secrets to standard output, or to a new file that only its owner may read. */
import { open, type FileHandle } from 'node:fs/promises'
import { CommandFailed, type Terminal } from './terminal.ts'

export interface Sink {
  write(line: string): Promise<void>
  close(): Promise<void>
}

/** Open the sink before registering an endpoint: a secret that cannot be written is lost. */
export async function openSink(terminal: Terminal, file: string | undefined): Promise<Sink> {
  if (file === undefined) {
    return { write: async (line) => terminal.out(line), close: async () => {} }
  }
  const handle: FileHandle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown reason'
    throw new CommandFailed(`Nothing was registered: ${file} cannot be created (${reason}).`)
  })
  return {
    write: async (line) => {
      await handle.write(`${line}\n`)
      await handle.sync()
    },
    close: () => handle.close(),
  }
}
