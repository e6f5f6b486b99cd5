/** Stripe's side of a history: the truth, and what events and fetches show of it. It knows nothing of our machines. */
import type { Part } from './shape.ts'

/** An observation: a piece's value, or members by id with whether they are all. */
export type Shown = Record<string, unknown>

export interface Truth {
  connected: boolean
  /** By part: its value, or its members by id. */
  parts: Map<string, unknown>
}

export function memberId({ name, members }: Part, member: number): string {
  const id = members[member]
  if (id === undefined) throw new Error(`${name} has no member ${member}`)
  return id
}

/** At first, every part has its first value, and no collection has members. */
export function startOf(parts: readonly Part[], values: readonly (readonly unknown[])[]): Truth {
  return {
    connected: true,
    parts: new Map(
      parts.map(({ name, isMany }, index) => [
        name,
        isMany ? new Map<string, unknown>() : values[index]?.[0],
      ]),
    ),
  }
}

export function membersOf(truth: Truth, name: string): Map<string, unknown> {
  return truth.parts.get(name) as Map<string, unknown>
}

/** Everything that the platform may see now. */
export function showWhole(truth: Truth, parts: readonly Part[], connection: boolean): Shown {
  if (!truth.connected) return { connection: 'disconnected' }
  const all = Object.fromEntries(parts.map((part) => [part.name, showPart(truth, part)]))
  return connection ? { ...all, connection: 'connected' } : all
}

export function showPart(truth: Truth, part: Part): unknown {
  const value = truth.parts.get(part.name)
  return part.isMany ? { items: Object.fromEntries(value as Map<string, unknown>), all: true } : value
}

export function showMember(truth: Truth, part: Part, id: string): unknown {
  return { items: { [id]: membersOf(truth, part.name).get(id) ?? null }, all: false }
}
