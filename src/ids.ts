/** Random base62 ids, long enough that collisions are practically impossible. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The largest multiple of 62 below 256. Higher bytes are dropped, because they would favour the first letters. */
const BYTE_LIMIT = 248

export function base62(length: number, randomBytes: (count: number) => Uint8Array = cryptoBytes): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < BYTE_LIMIT && text.length < length) text += ALPHABET.charAt(byte % 62)
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
