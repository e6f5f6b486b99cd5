/** The dependencies of the whole engine. */
import type { Config } from '../config.ts'
import type { Gateway } from '../stripe/gateway.ts'
import type { AdvanceDeps } from './advance.ts'

export interface EngineDeps extends AdvanceDeps {
  config: Pick<Config, 'factsMaxAgeMs' | 'stripe'>
  stripe: Gateway
}
