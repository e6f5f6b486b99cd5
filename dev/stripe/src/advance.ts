import type { World } from './core/world.ts'
import { runTasks } from './tasks.ts'
import { pump, type PumpOptions } from './webhooks/pump.ts'

/**
 * Moves Stripe's clock forward, stopping at everything that falls due: an event of day two is stamped with day two
 * and delivered before day three begins.
 */
export async function advance(world: World, seconds: number, pumping: PumpOptions): Promise<void> {
  const target = world.clock.nowMs() + seconds * 1000
  for (;;) {
    runTasks(world)
    await pump(world, pumping)
    const next = Math.min(world.agenda.nextAtMs() ?? Infinity, nextDelivery(world) ?? Infinity)
    if (next > target) break
    world.clock.jumpTo(next)
  }
  world.clock.jumpTo(target)
}

function nextDelivery({ delivery, due }: World): number | undefined {
  return delivery.hold ? undefined : due.nextAtMs()
}
