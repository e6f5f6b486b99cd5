/** The Cloudflare Worker. No other file depends on Cloudflare. */
import type { ExecutionContext, ScheduledController } from '@cloudflare/workers-types'
import { createApp } from './app.ts'
import { parseConfig, type Config } from './config.ts'
import { runCron } from './cron.ts'
import type { Deps, Limiter } from './deps.ts'
import { consoleLog } from './log.ts'
import { makeDeps } from './runtime.ts'

type Bindings = Record<string, unknown> & { RATE_LIMITER?: Limiter }

/** Requests of an isolate share the parsed configuration and nothing else. */
let cached: { bindings: Bindings; config: Config } | undefined

function configOf(bindings: Bindings): Config {
  if (cached?.bindings !== bindings) cached = { bindings, config: parseConfig(bindings) }
  return cached.config
}

function depsFor(
  bindings: Bindings,
  context: Pick<ExecutionContext, 'waitUntil'>,
  address: string | null = null,
): Deps {
  return makeDeps(configOf(bindings), {
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    defer: (work) => context.waitUntil(work),
    log: consoleLog,
    limiter: bindings.RATE_LIMITER,
    address,
  })
}

/** Cloudflare sets this header itself, whatever the caller sends. */
const ADDRESS = 'cf-connecting-ip'

const app = createApp((c) => depsFor(c.env as Bindings, c.executionCtx, c.req.header(ADDRESS) ?? null))

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
