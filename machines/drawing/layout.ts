/**
 * Where everything of a picture is. `npm run draw` computes it with a graph library and commits it, so that a picture can
 * be drawn where no such library is.
 */
import { z } from 'zod'

const Point = z.tuple([z.number(), z.number()])
const Area = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
export type Area = z.infer<typeof Area>

const Edges = z.array(z.tuple([z.string(), z.string()]))

/** One drawn line. An end at a frame stands for each state in it, so one line may stand for many edges. */
const Line = z.object({
  /** Those that go as the line is drawn. */
  edges: Edges,
  /** Those that go the other way; if there are any, the line has a head at its start too. */
  back: Edges,
  points: z.array(Point),
})
export type Line = z.infer<typeof Line>

const Lane = z.object({
  region: z.string(),
  area: Area,
  states: z.record(z.string(), Area),
  /** Around states that every outside state treats alike. */
  frames: z.array(Area),
  lines: z.array(Line),
  /** States that lead to every other state, which no line shows. */
  to_any: z.array(z.string()),
})
export type Lane = z.infer<typeof Lane>

export const Layout = z.object({ width: z.number(), height: z.number(), lanes: z.array(Lane) })
export type Layout = z.infer<typeof Layout>
