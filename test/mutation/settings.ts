/** The settings of both mutation runs: https://stryker-mutator.io/docs/stryker-js/configuration */
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
    // Stryker would read it through the compiler API, which TypeScript 7 does not have.
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
