/** What both mutation runs share: https://stryker-mutator.io/docs/stryker-js/configuration */
import type { Stryker } from '@stryker-mutator/core'

type Options = ConstructorParameters<typeof Stryker>[0]

export function mutating(
  part: string,
  options: { mutate: string[]; vitest: string; mutator?: NonNullable<Options['mutator']> },
): Options {
  const { vitest, ...others } = options
  return {
    ...others,
    testRunner: 'vitest',
    vitest: { configFile: vitest, related: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 20_000,
    // It would be read through the compiler's API, which TypeScript 7 does not have. Nothing here needs it.
    tsconfigFile: 'none',
    tempDirName: 'dist/mutation',
    ignorePatterns: ['dist', '.data', 'reports'],
    reporters: ['clear-text', 'progress-append-only', 'json'],
    clearTextReporter: {
      allowColor: false,
      allowEmojis: false,
      logTests: false,
      reportTests: false,
      reportMutants: false,
    },
    jsonReporter: { fileName: `reports/mutation/${part}.json` },
  }
}
