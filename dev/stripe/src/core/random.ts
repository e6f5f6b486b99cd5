import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded random number generator. */
export interface Random {
  /** Includes both bounds. */
  int(from: number, to: number): number
  chance(probability: number): boolean
  shuffle<T>(items: readonly T[]): T[]
  text(length: number): string
  reseed(seed: number): void
  dump(): readonly number[]
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 62^5 fits in 32 bits, so one draw yields five characters. */
const CHARACTERS_PER_DRAW = 5
const DRAW_LIMIT = 62 ** CHARACTERS_PER_DRAW

export function createRandom(seed: number | readonly number[]): Random {
  let generator = typeof seed === 'number' ? xoroshiro128plus(seed) : xoroshiro128plusFromState(seed)
  const int = (from: number, to: number) => uniformInt(generator, from, to)
  return {
    int,
    chance: (probability) =>
      probability >= 1 || (probability > 0 && int(0, 999_999) < probability * 1_000_000),
    shuffle(items) {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(0, last)
        const held = shuffled[last]
        const swapped = shuffled[other]
        if (held === undefined || swapped === undefined) continue
        shuffled[last] = swapped
        shuffled[other] = held
      }
      return shuffled
    },
    text(length) {
      let text = ''
      while (text.length < length) {
        let draw = int(0, DRAW_LIMIT - 1)
        for (let i = 0; i < CHARACTERS_PER_DRAW; i++) {
          text += ALPHABET.charAt(draw % 62)
          draw = Math.floor(draw / 62)
        }
      }
      return text.slice(0, length)
    },
    reseed(next) {
      generator = xoroshiro128plus(next)
    },
    dump: () => generator.getState(),
  }
}

/** The fault generator's seed differs from the id generator's, even if both are given the same number. */
export function faultSeed(seed: number): number {
  return seed ^ 0x2545f491
}
