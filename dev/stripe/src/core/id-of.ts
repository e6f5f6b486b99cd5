/** The id of what may have been expanded: fields hold either. Nothing has the empty id. */
export function idOf(value: string | { readonly id: string } | null | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : value.id
}
