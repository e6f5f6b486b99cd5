/** Times in the API are RFC 3339 in UTC. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString()
}
