/** Mutates the way in of Stripe's events, and runs the tests that tell of it against a real libSQL. */
import { mutating } from './settings.ts'

export default mutating('ingestion', {
  mutate: [
    'src/webhooks/routes.ts',
    'src/webhooks/signature.ts',
    'src/engine/translate.ts',
    'src/stripe/translate/*.ts',
    'src/stripe/seen/*.ts',
    'src/engine/*.ts',
    'src/store/inbox.ts',
  ],
  vitest: 'test/mutation/vitest.ingestion.ts',
})
