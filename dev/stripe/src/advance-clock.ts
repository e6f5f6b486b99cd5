import type { World } from './core/world.ts'
import { runTasks } from './tasks.ts'
import { type SendOptions, sendDue } from './webhooks/send-due.ts'

/**
 * Moves Stripe's clock forward and stops at each due time: an event of day two has the time of day two and is delivered
 * before day three begins.
 */
export async function advanceClock(world: World, seconds: number, options: SendOptions): Promise<void> {
  const target = world.clock.nowMs() + seconds * 1000
  for (;;) {
    runTasks(world)
    await sendDue(world, options)
    const next = nextDueMs(world)
    if (next > target) break
    world.clock.jumpTo(next)
  }
  world.clock.jumpTo(target)
}

/** When the next task or delivery is due. Held deliveries do not count. */
export function nextDueMs({ taskQueue, deliveryQueue, delivery }: World): number {
  const nextDelivery = delivery.hold ? undefined : deliveryQueue.nextAtMs()
  return Math.min(taskQueue.nextAtMs() ?? Infinity, nextDelivery ?? Infinity)
}
