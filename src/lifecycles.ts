/** Every lifecycle there is. Adding one here, with its machine and its slice, is all it takes. */
import { accountAdapter } from './accounts/adapter.ts'
import { registerLifecycles } from './engine/adapter.ts'
import { paymentAdapter } from './payments/adapter.ts'
import { payoutAdapter } from './payouts/adapter.ts'

export const lifecycles = registerLifecycles(accountAdapter, paymentAdapter, payoutAdapter)
