/** Stripe's side of a history: what is true, what an event shows of it, what a look sees. It knows nothing of ours. */
import type { Part } from './shape.ts'

/** As a machine takes it in: a piece's value, or members by id with whether they are all. */
export type Sight = Record<string, unknown>

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

/** Every part has its first value from the start, and no collection a member. */
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

/** Everything the platform may see now. */
export function seenWhole(truth: Truth, parts: readonly Part[], connection: boolean): Sight {
  if (!truth.connected) return { connection: 'disconnected' }
  const all = Object.fromEntries(parts.map((part) => [part.name, seenPart(truth, part)]))
  return connection ? { ...all, connection: 'connected' } : all
}

export function seenPart(truth: Truth, part: Part): unknown {
  const value = truth.parts.get(part.name)
  return part.isMany ? { items: Object.fromEntries(value as Map<string, unknown>), all: true } : value
}

export function seenMember(truth: Truth, part: Part, id: string): unknown {
  return { items: { [id]: membersOf(truth, part.name).get(id) ?? null }, all: false }
}
