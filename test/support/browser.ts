/** A real browser, if the machine has one. Without one, its tests are skipped and say so; in CI they fail. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import { describe } from 'vitest'

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

const isInstalled = existsSync(CHROMIUM)
const isSkipped = !isInstalled && !process.env['CI']

export function describeInBrowser(name: string, tests: () => void): void {
  describe.skipIf(isSkipped)(
    isSkipped ? `${name} (skipped: no Chromium at ${CHROMIUM}; set CHROMIUM_PATH)` : name,
    tests,
  )
}

export function launchBrowser(): Promise<Browser> {
  if (!isInstalled) throw new Error(`There is no Chromium at ${CHROMIUM}. Install it or set CHROMIUM_PATH.`)
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
