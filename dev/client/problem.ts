/** The part of an API problem that the pages show. */
import { z } from 'zod'

const Refusal = z.object({
  code: z.string(),
  detail: z.string(),
  account: z.string().optional(),
})
export type Refusal = z.infer<typeof Refusal>

/** Null for a successful response. */
export async function problemOf(response: {
  ok: boolean
  status: number
  text(): Promise<string>
}): Promise<Refusal | null> {
  if (response.ok || response.status === 304) return null
  const parsed = Refusal.safeParse(JSON.parse(await response.text()))
  return parsed.success
    ? parsed.data
    : { code: 'unknown', detail: 'The API returned an error of unknown format.' }
}
