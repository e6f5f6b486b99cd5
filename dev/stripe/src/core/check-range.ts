import { invalidParameter } from './errors.ts'

/** A whole number within bounds, refused in Stripe's words. */
export function checkRange(value: number, param: string, { least = 1, most = Infinity } = {}): void {
  if (value < least) throw outside(`This value must be greater than or equal to ${least}.`, param)
  if (value > most) {
    throw outside(`This value must be less than or equal to ${most} (it currently is '${value}').`, param)
  }
}

function outside(message: string, param: string): Error {
  return invalidParameter(message, { code: 'parameter_invalid_integer', param })
}
