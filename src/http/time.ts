/** Times on the wire: RFC 3339 in UTC. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString()
}
