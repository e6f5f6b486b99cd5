/** Mutates the code that ingests Stripe's events, and runs its tests against a real libSQL. */
import { mutating } from './settings.ts'

export default mutating('ingestion', {
  mutate: [
    'src/webhooks/routes.ts',
    'src/webhooks/signature.ts',
    'src/engine/translate.ts',
    'src/{accounts,payments,payouts}/{events,observe}.ts',
    'src/engine/*.ts',
    'src/store/inbox.ts',
  ],
  vitest: 'test/mutation/vitest.ingestion.ts',
})
