/** Cloudflare Workers: the only file that knows them. */
import type { ExecutionContext, ScheduledController } from '@cloudflare/workers-types'
import { createApp } from './app.ts'
import { parseConfig } from './config.ts'
import { runCron } from './cron.ts'
import { makeDeps, type Deps } from './deps.ts'
import { consoleLog } from './log.ts'

type Bindings = Record<string, unknown>

function depsFor(bindings: Bindings, context: Pick<ExecutionContext, 'waitUntil'>): Deps {
  return makeDeps(parseConfig(bindings), {
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    defer: (work) => context.waitUntil(work),
    log: consoleLog,
  })
}

const app = createApp((c) => depsFor(c.env as Bindings, c.executionCtx))

export default {
  fetch(request: Request, bindings: Bindings, context: ExecutionContext): Response | Promise<Response> {
    return app.fetch(request, bindings, context)
  },
  async scheduled(
    _controller: ScheduledController,
    bindings: Bindings,
    context: ExecutionContext,
  ): Promise<void> {
    await runCron(depsFor(bindings, context))
  },
}
