/** An account link. Single use: opening it spends it, and what happens next belongs to the page it opened. */
export interface LinkRecord {
  readonly token: string
  readonly account: string
  readonly refreshUrl: string
  readonly returnUrl: string
  readonly fields: 'currently_due' | 'eventually_due'
  readonly createdAt: number
  readonly expiresAt: number
  readonly openedAt: number | null
  readonly closed: boolean
}
