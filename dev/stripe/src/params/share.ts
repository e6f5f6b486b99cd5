import type { ParamSchema } from './param-schema.ts'

/** Schemas up to this many characters are not shared. */
const MIN_LENGTH = 80

/** Gives each schema that occurs more than once a name, and replaces it with references. */
export function shareSchemas(operations: ReadonlyMap<string, ParamSchema>): Map<string, ParamSchema> {
  const uses = new Map<string, number>()
  for (const schema of operations.values()) countUses(schema, uses)

  const names = new Map<string, string>()
  const shared = new Map<string, ParamSchema>()
  const emit = (schema: ParamSchema, hint: string): ParamSchema => {
    const { head, body } = split(schema)
    const key = JSON.stringify(body)
    if (!isShareable(body, key) || (uses.get(key) ?? 0) < 2)
      return { ...head, ...mapChildren(body, hint, emit) }
    let name = names.get(key)
    if (name === undefined) {
      name = unusedName(hint, shared)
      names.set(key, name)
      shared.set(name, body) // Reserves the name before the children get theirs.
      shared.set(name, mapChildren(body, hint, emit))
    }
    return { ...head, $ref: name }
  }

  const named = new Map<string, ParamSchema>()
  for (const [operation, schema] of operations)
    named.set(operation, { ...schema, ...mapChildren(schema, 'params', emit) })
  return new Map([...named, ...shared])
}

function countUses(schema: ParamSchema, uses: Map<string, number>): void {
  const { body } = split(schema)
  const key = JSON.stringify(body)
  const seen = uses.get(key) ?? 0
  uses.set(key, seen + 1)
  // The inside of a shared schema is written once, so it counts once.
  if (seen > 0 && isShareable(body, key)) return
  mapChildren(body, '', (child) => {
    countUses(child, uses)
    return child
  })
}

/** The fields of an object are the same in every use. Its type differs, such as whether it may be unset. */
function split(schema: ParamSchema): { head: ParamSchema; body: ParamSchema } {
  const { properties, required, additionalProperties, ...head } = schema
  if (properties === undefined) return { head: {}, body: schema }
  return {
    head,
    body: {
      properties,
      ...(required && { required }),
      ...(additionalProperties !== undefined && { additionalProperties }),
    },
  }
}

function isShareable(body: ParamSchema, key: string): boolean {
  return key.length > MIN_LENGTH && (body.properties !== undefined || body.enum !== undefined)
}

function mapChildren(
  schema: ParamSchema,
  hint: string,
  map: (child: ParamSchema, hint: string) => ParamSchema,
): ParamSchema {
  const { properties, items, additionalProperties } = schema
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, map(child, name)]),
      ),
    }),
    ...(items && { items: map(items, hint) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: map(additionalProperties, hint),
    }),
  }
}

function unusedName(hint: string, taken: ReadonlyMap<string, unknown>): string {
  let name = hint
  for (let nth = 2; taken.has(name); nth++) name = `${hint}.${nth}`
  return name
}
