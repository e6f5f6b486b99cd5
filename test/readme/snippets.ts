/** The fenced snippets of a Markdown file, each under its heading. */

export interface Snippet {
  heading: string
  language: string
  code: string
}

export function snippetsOf(markdown: string): Snippet[] {
  const snippets: Snippet[] = []
  let heading = ''
  let open: Snippet | null = null
  for (const line of markdown.split('\n')) {
    const fence = /^\s*```(\w*)$/.exec(line)
    if (fence && open === null) open = { heading, language: fence[1] ?? '', code: '' }
    else if (fence && open !== null) {
      snippets.push(open)
      open = null
    } else if (open !== null) open.code += `${line}\n`
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading
  }
  return snippets
}

/** The file that a snippet asks to be saved as: its first line names it. */
export function fileNameOf({ code }: Snippet): string | null {
  return /^(?:\/\/|<!--) (\S+\.\w+)/.exec(code)?.[1] ?? null
}
