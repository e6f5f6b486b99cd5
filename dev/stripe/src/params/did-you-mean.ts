/**
 * Which known parameter a stranger was most likely meant to be, in the manner of Ruby's did_you_mean, whose answers Stripe's
 * hints agree with ("payment_method_configuration … Did you mean payment_behavior?").
 */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const alike = known
    .filter((word) => word !== name)
    .map((word) => ({ word, likeness: jaroWinkler(word, name), distance: levenshtein(word, name) }))
    .filter(({ likeness }) => likeness >= (name.length > 3 ? 0.834 : 0.77))
    .sort((one, other) => other.likeness - one.likeness)
  const typo = alike.find(({ distance }) => distance <= Math.ceil(name.length * 0.25))
  const misnomer = alike.find(({ word, distance }) => distance < Math.min(word.length, name.length))
  return (typo ?? misnomer)?.word
}

function jaroWinkler(one: string, other: string): number {
  const likeness = jaro(one, other)
  if (likeness <= 0.7) return likeness
  let prefix = 0
  while (prefix < 4 && prefix < one.length && one[prefix] === other[prefix]) prefix++
  return likeness + prefix * 0.1 * (1 - likeness)
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

function levenshtein(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, letter] of Array.from(one).entries()) {
    const next = [at + 1]
    for (const [to, theirs] of Array.from(other).entries()) {
      const replaced = (row[to] ?? 0) + (letter === theirs ? 0 : 1)
      next.push(Math.min(replaced, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
