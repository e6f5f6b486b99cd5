/** Runs test files in the order given: what a quick one kills need not be played to a slow one. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

export function inOrder(names: readonly string[]) {
  const place = ({ moduleId }: TestSpecification) =>
    names.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return class InOrder extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      return files.toSorted((a, b) => place(a) - place(b))
    }
  }
}
