/** Parses the parts of the generated OpenAPI document that the page shows. */
import { z } from '@hono/zod-openapi'

const Base = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  required: z.array(z.string()).optional(),
})
export type Schema = z.infer<typeof Base> & {
  properties?: Record<string, Schema> | undefined
  items?: Schema | undefined
  allOf?: Schema[] | undefined
  anyOf?: Schema[] | undefined
}
export const Schema: z.ZodType<Schema> = Base.extend({
  get properties() {
    return z.record(z.string(), Schema).optional()
  },
  get items() {
    return Schema.optional()
  },
  get allOf() {
    return z.array(Schema).optional()
  },
  get anyOf() {
    return z.array(Schema).optional()
  },
})

const Content = z.record(z.string(), z.object({ schema: Schema.optional() }))

export const Operation = z.object({
  summary: z.string().optional(),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: Schema.optional(),
      }),
    )
    .optional(),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Content.optional() })),
})
export type Operation = z.infer<typeof Operation>

export const OpenApi = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema).optional() }),
})
export type OpenApi = z.infer<typeof OpenApi>

export interface Field {
  name: string
  type: string
  required: boolean
  description: string
}

/** The fields of an object schema, with `$ref` and `allOf` resolved. */
export function fieldsOf(schema: Schema | undefined, document: OpenApi): Field[] {
  const whole = resolve(schema, document)
  const own = Object.entries(whole?.properties ?? {}).map(([name, property]) => ({
    name,
    type: typeOf(property),
    required: whole?.required?.includes(name) ?? false,
    description: property.description ?? resolve(property, document)?.description ?? '',
  }))
  return [...(whole?.allOf ?? []).flatMap((part) => fieldsOf(part, document)), ...own]
}

export function typeOf(schema: Schema | undefined): string {
  if (!schema) return ''
  if (schema.$ref) return nameOf(schema.$ref)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.items) return `${typeOf(schema.items)}[]`
  const parts = schema.anyOf ?? schema.allOf
  if (parts)
    return parts
      .map(typeOf)
      .filter(Boolean)
      .join(schema.anyOf ? ' | ' : ' & ')
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any')
  return schema.format ? `${type} (${schema.format})` : type
}

export function nameOf(reference: string): string {
  return reference.split('/').at(-1) ?? reference
}

function resolve(schema: Schema | undefined, document: OpenApi): Schema | undefined {
  return schema?.$ref ? document.components.schemas?.[nameOf(schema.$ref)] : schema
}
