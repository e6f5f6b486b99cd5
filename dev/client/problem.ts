/** What the API refuses, as far as a page says it. */
import { z } from 'zod'

const Refusal = z.object({
  code: z.string(),
  detail: z.string(),
  account: z.string().optional(),
})
export type Refusal = z.infer<typeof Refusal>

/** Null: it is no refusal. */
export async function problemOf(answer: {
  ok: boolean
  status: number
  text(): Promise<string>
}): Promise<Refusal | null> {
  if (answer.ok || answer.status === 304) return null
  const parsed = Refusal.safeParse(JSON.parse(await answer.text()))
  return parsed.success
    ? parsed.data
    : { code: 'unknown', detail: 'The service gave an answer that cannot be read.' }
}
