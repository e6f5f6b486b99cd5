import { distance as editDistance } from 'fastest-levenshtein'

/**
 * The known parameter that an unknown one was probably meant to be. It works like Ruby's did_you_mean, whose answers match
 * Stripe's hints ("payment_method_configuration … Did you mean payment_behavior?").
 */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const similar = known
    .filter((word) => word !== name)
    .map((word) => ({ word, similarity: jaroWinkler(word, name), distance: editDistance(word, name) }))
    .filter(({ similarity }) => similarity >= (name.length > 3 ? 0.834 : 0.77))
    .sort((one, other) => other.similarity - one.similarity)
  const typo = similar.find(({ distance }) => distance <= Math.ceil(name.length * 0.25))
  const misnomer = similar.find(({ word, distance }) => distance < Math.min(word.length, name.length))
  return (typo ?? misnomer)?.word
}

/** The small npm packages differ from Ruby here: in the match window, or in the threshold of the prefix bonus. */
function jaroWinkler(one: string, other: string): number {
  const similarity = jaro(one, other)
  if (similarity <= 0.7) return similarity
  let prefix = 0
  while (prefix < 4 && prefix < one.length && one[prefix] === other[prefix]) prefix++
  return similarity + prefix * 0.1 * (1 - similarity)
}

function jaro(one: string, other: string): number {
  const reach = Math.max(0, Math.floor(Math.max(one.length, other.length) / 2) - 1)
  const matched = new Set<number>()
  const inOrder: string[] = []
  for (const [at, letter] of Array.from(one).entries()) {
    for (let to = Math.max(0, at - reach); to <= Math.min(other.length - 1, at + reach); to++) {
      if (other[to] !== letter || matched.has(to)) continue
      matched.add(to)
      inOrder.push(letter)
      break
    }
  }
  const matches = inOrder.length
  if (matches === 0) return 0
  const theirs = [...matched].sort((a, b) => a - b).map((at) => other[at])
  const swapped = inOrder.filter((letter, at) => letter !== theirs[at]).length / 2
  return (matches / one.length + matches / other.length + (matches - swapped) / matches) / 3
}
