import { describe, expect, it } from 'vitest'
import { checkParams } from '../src/params/check.ts'
import { decodeForm } from '../src/params/decode-form.ts'
import { findSchema, operations } from '../src/params/validators.ts'
import { recorder } from './params-recorder.ts'
import { type Sample, samples } from './params-samples.ts'

type Path = readonly string[]

it('every operation has a sample', () => {
  expect(samples.map(({ operation }) => operation).sort()).toEqual(operations.toSorted())
})

describe.each(samples)('$operation', (sample) => {
  it('the request of stripe-node is accepted with the same values', async () => {
    const { stripe, calls } = recorder()
    await sample.send(stripe)
    const [call] = calls
    expect(calls).toHaveLength(1)
    expect(`${call?.method} ${call?.path}`).toMatch(patternOf(sample.operation))
    expect(checkParams(sample.operation, decodeForm(call?.form ?? ''))).toEqual({ params: sample.params })
  })

  it('an unknown parameter is refused, also inside every object', () => {
    for (const path of [[], ...objectsIn(sample)]) {
      expect(refusal(sample, [...path, 'no_such_parameter'], 'x'), bracketed(path)).toMatchObject({
        type: 'invalid_request_error',
        code: 'parameter_unknown',
        param: bracketed([...path, 'no_such_parameter']),
        message: `Received unknown parameter: ${bracketed([...path, 'no_such_parameter'])}`,
      })
    }
  })

  it('a wrong number or boolean is refused, and so is an object instead of a value', () => {
    for (const [path, value] of leavesOf(sample.params)) {
      const param = bracketed(path)
      if (typeof value === 'number') {
        expect(refusal(sample, path, '1.5')).toMatchObject({
          code: 'parameter_invalid_integer',
          param,
          message: 'Invalid integer: 1.5',
        })
      }
      if (typeof value === 'boolean') expect(refusal(sample, path, 'yes')).toMatchObject({ param })
      expect(refusal(sample, path, { nested: { deeper: 'x' } })?.param, param).toSatisfy((named: string) =>
        [param, `${param}[nested]`].includes(named),
      )
    }
  })

  it('a missing required parameter is named', () => {
    for (const name of findSchema(sample.operation).required ?? []) {
      const { [name]: _, ...rest } = texts(sample.params)
      expect(checkParams(sample.operation, rest)).toEqual({
        status: 400,
        error: {
          type: 'invalid_request_error',
          code: 'parameter_missing',
          doc_url: 'https://stripe.com/docs/error-codes/parameter-missing',
          message: `Missing required param: ${name}.`,
          param: name,
        },
      })
    }
  })
})

/** The result of the sample with one value replaced or added. */
function refusal({ operation, params }: Sample, path: Path, value: unknown) {
  const checked = checkParams(operation, texts(replaced(params, path, value)))
  return 'error' in checked ? checked.error : undefined
}

function replaced(whole: object, [first = '', ...rest]: Path, value: unknown): Record<string, unknown> {
  const inner: unknown = Reflect.get(whole, first)
  return { ...whole, [first]: rest.length === 0 ? value : replaced(Object(inner), rest, value) }
}

/** The value in a form: texts, and lists with numbers. */
function texts(whole: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(whole).map(([name, value]) => [
      name,
      typeof value === 'object' ? texts(value) : String(value),
    ]),
  )
}

function leavesOf(value: unknown, path: Path = []): [Path, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, child]) => leavesOf(child, [...path, name]))
}

/** Every object in the sample with fixed fields: not metadata, and not a list. */
function objectsIn({ params }: Sample): Path[] {
  const within = (value: unknown, path: Path): Path[] => {
    if (typeof value !== 'object' || value === null || path.at(-1) === 'metadata') return []
    const inner = Object.entries(value).flatMap(([name, child]) => within(child, [...path, name]))
    return Array.isArray(value) || path.length === 0 ? inner : [path, ...inner]
  }
  return within(params, [])
}

function bracketed([first = '', ...rest]: Path): string {
  return first + rest.map((name) => `[${name}]`).join('')
}

function patternOf(operation: string): RegExp {
  return new RegExp(`^${operation.replaceAll(/:\w+/g, '[^/]+')}$`)
}
