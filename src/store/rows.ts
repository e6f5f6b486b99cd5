/** Rows of the database, parsed once at the border. The only place that knows their columns. */
import { z } from 'zod'

const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)

const regionStates = z.record(z.string(), z.string())

export const InstanceRow = z.object({
  machine: z.string(),
  id: z.string(),
  account: z.string(),
  external_id: z.string().nullable(),
  seq: z.number(),
  version: z.number(),
  value: json(regionStates),
  context: json(z.unknown()),
  created_at: z.number(),
  updated_at: z.number(),
})
export type InstanceRow = z.infer<typeof InstanceRow>

/** `connection`: the state of its account's; null where that is not known. */
export const CheckRow = InstanceRow.extend({ connection: z.string().nullable() })
export type CheckRow = z.infer<typeof CheckRow>

export const StateCountRow = z.object({ state: z.string(), count: z.number() })
export type StateCountRow = z.infer<typeof StateCountRow>

export const TransitionRow = z.object({
  machine: z.string(),
  id: z.string(),
  seq: z.number(),
  at: z.number(),
  event: z.string(),
  cause_kind: z.string(),
  cause_id: z.string(),
  from_value: json(regionStates).nullable(),
  to_value: json(regionStates),
  changed: json(z.record(z.string(), z.tuple([z.unknown(), z.unknown()]))),
  skipped: json(z.array(z.string())).nullable(),
})
export type TransitionRow = z.infer<typeof TransitionRow>

export const OUTCOMES = ['applied', 'unchanged', 'stale', 'ignored', 'failed'] as const
export type InboxStatus = (typeof OUTCOMES)[number]

export const InboxRow = z.object({
  id: z.string(),
  type: z.string(),
  account: z.string().nullable(),
  source: z.enum(['connect', 'platform', 'reconciler']),
  created: z.number(),
  received_at: z.number(),
  payload: json(z.unknown()).nullable(),
  outcome: z.enum(OUTCOMES),
  detail: z.string().nullable(),
  replayed_at: z.number().nullable(),
  retry_at: z.number().nullable(),
})
export type InboxRow = z.infer<typeof InboxRow>

export const EffectRow = z.object({
  name: z.string(),
  machine: z.string(),
  id: z.string(),
  account: z.string(),
  effect: json(z.unknown()),
  created_at: z.number(),
  attempts: z.number(),
  next_at: z.number(),
  leased_until: z.number(),
  last_error: z.string().nullable(),
  done_at: z.number().nullable(),
  parked_at: z.number().nullable(),
})
export type EffectRow = z.infer<typeof EffectRow>

export const RequestRow = z.object({
  client: z.string(),
  key: z.string(),
  fingerprint: z.string(),
  status: z.number().nullable(),
  body: z.string().nullable(),
  attempt: z.number(),
  created_at: z.number(),
  sent_at: z.number().nullable(),
})
export type RequestRow = z.infer<typeof RequestRow>

export const CreationRow = z.object({
  external_id: z.string(),
  attempt: z.number(),
  sent_at: z.number(),
  lost_at: z.number(),
  since: z.number(),
  answered_at: z.number().nullable(),
})
export type CreationRow = z.infer<typeof CreationRow>

export const StreamRow = z.object({
  account: z.string(),
  position: z.number(),
  reading_to: z.number().nullable(),
  read_after: z.string().nullable(),
  newest: z.number().nullable(),
  next_at: z.number(),
  last_error: z.string().nullable(),
})
export type StreamRow = z.infer<typeof StreamRow>

export const TallyRow = z.object({
  name: z.string(),
  key: z.string(),
  count: z.number(),
  skipped: z.number(),
})
export type TallyRow = z.infer<typeof TallyRow>

export const ClientRow = z.object({
  id: z.string(),
  name: z.string(),
  secret_hash: z.string(),
  scopes: json(z.array(z.string())),
  livemode: z.number(),
  created_at: z.number(),
  revoked_at: z.number().nullable(),
})
export type ClientRow = z.infer<typeof ClientRow>
