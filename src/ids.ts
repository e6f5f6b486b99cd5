/** Ids of our own making: random, base62, long enough never to meet. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Largest multiple of 62 below 256: bytes above it would favour the first letters. */
const FAIR = 248

export function base62(length: number, randomBytes: (count: number) => Uint8Array = cryptoBytes): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < FAIR && text.length < length) text += ALPHABET.charAt(byte % 62)
    }
  }
  return text
}

/** A number in base62, padded to `length`. */
export function toBase62(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62))
    text = ALPHABET.charAt(rest % 62) + text
  return text
}

export function newRequestId(): string {
  return `req_${base62(20)}`
}

function cryptoBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count))
}
