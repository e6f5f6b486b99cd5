/** Runs test files in the given order: a mutant that a fast file kills never reaches a slow one. */
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
