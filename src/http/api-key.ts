/**
 * API keys: `gk_<mode>_<id>_<secret><checksum>`. The id selects the row; the database stores only a hash of the secret. The
 * checksum rejects a mistyped key without a database call, and lets secret scanners recognise a leaked key.
 */
import { timingSafeEqual } from 'node:crypto'
import { base62, toBase62 } from '../ids.ts'
import { sha256 } from '../sha256.ts'

export const SCOPES = [
  'accounts:read',
  'accounts:write',
  'payments:read',
  'payments:write',
  'payouts:read',
  'payouts:write',
  'operate',
] as const
export type Scope = (typeof SCOPES)[number]

export interface ApiKey {
  livemode: boolean
  id: string
  secret: string
}

const ID_LENGTH = 12
/** 30 base62 characters are 178 bits. */
const SECRET_LENGTH = 30
const CHECKSUM_LENGTH = 6
const FORMAT = new RegExp(
  `^gk_(test|live)_([0-9A-Za-z]{${ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
)

export function makeApiKey(livemode: boolean): { key: string; id: string; secret: string } {
  const [id, secret] = [base62(ID_LENGTH), base62(SECRET_LENGTH)]
  return { key: formatApiKey({ livemode, id, secret }), id, secret }
}

export function formatApiKey({ livemode, id, secret }: ApiKey): string {
  const body = `gk_${livemode ? 'live' : 'test'}_${id}_${secret}`
  return body + checksum(body)
}

/** Null when the format or the checksum is wrong. */
export function parseApiKey(text: string): ApiKey | null {
  const match = FORMAT.exec(text)
  if (!match) return null
  const [, mode, id = '', secret = '', check = ''] = match
  if (checksum(text.slice(0, -CHECKSUM_LENGTH)) !== check) return null
  return { livemode: mode === 'live', id, secret }
}

/** A fast hash is enough: the secret is random and too long to guess. */
export function hashSecret(secret: string): Promise<string> {
  return sha256(secret)
}

/** Compares in constant time. */
export function isSameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return left.length === right.length && timingSafeEqual(left, right)
}

function checksum(text: string): string {
  return toBase62(crc32(text), CHECKSUM_LENGTH)
}

function crc32(text: string): number {
  let crc = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
