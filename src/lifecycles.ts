/** All lifecycles. A new one needs its machine folder, its slice and one entry here. */
import { accountAdapter } from './accounts/adapter.ts'
import { registerLifecycles } from './engine/adapter.ts'
import { paymentAdapter } from './payments/adapter.ts'
import { payoutAdapter } from './payouts/adapter.ts'

export const lifecycles = registerLifecycles(accountAdapter, paymentAdapter, payoutAdapter)
