import type { ViewRow } from '../administration/administered-system.ts'

/** A row of Status > Calls; source and destination are SIP URIs. */
export interface ShownCall {
  readonly source: string
  readonly destination: string
}

/** The calls of each registered alias among all calls, as rows of the same form with the alias before them. */
export function callsByRegistration<Call extends ShownCall>(
  aliases: readonly string[],
  calls: readonly Call[],
  rowOf: (call: Call) => ViewRow,
): ViewRow[] {
  return [...new Set(aliases)].flatMap((registration) =>
    calls
      .filter(({ source, destination }) => isAlias(source, registration) || isAlias(destination, registration))
      .map((call) => ({ registration, ...rowOf(call) })),
  )
}

/** Whether a URI is of an alias, whatever its scheme, port and parameters. */
function isAlias(uri: string, alias: string): boolean {
  return plain(uri) === plain(alias)
}

function plain(uri: string): string {
  return uri
    .replace(/^.*</, '')
    .replace(/^sips?:/i, '')
    .replace(/[;?>].*$/, '')
    .replace(/:\d+$/, '')
    .toLowerCase()
}
