/** One JSON line a fact. Only named fields are written; headers, bodies, keys and secrets never are. */

export interface LogEntry {
  level: 'info' | 'warn' | 'error'
  message: string
  [field: string]: string | number | boolean | null | undefined
}

export type Log = (entry: LogEntry) => void

export const consoleLog: Log = (entry) => {
  console[entry.level](JSON.stringify(entry))
}

/** What an error says of itself, without the values it was about. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'not an Error'
}
