/** Mutates the way in of Stripe's events, and runs the tests that tell of it against a real libSQL. */
import { mutating } from './settings.ts'

export default mutating('ingestion', {
  mutate: [
    'src/api/webhooks.ts',
    'src/stripe/webhook.ts',
    'src/stripe/translate.ts',
    'src/stripe/translate/*.ts',
    'src/stripe/seen/*.ts',
    'src/advance/*.ts',
    'src/store/inbox.ts',
  ],
  vitest: 'test/mutation/vitest.ingestion.ts',
})
