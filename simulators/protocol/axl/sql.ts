/** One row of a table: its columns by their lower-case names. */
export type Row = Readonly<Record<string, string | number | boolean>>

/** What can be asked: rows by the table's lower-case name; the columns are those of the list, also where no row is. */
export type Database = Readonly<Record<string, { readonly columns: readonly string[]; readonly rows: readonly Row[] }>>

/** The refusal of a statement, with Informix's number. */
export interface SqlRefusal {
  readonly code: number
  readonly says: string
}

export type SqlAnswer =
  { readonly ok: true; readonly rows: readonly Row[] } | { readonly ok: false; readonly refusal: SqlRefusal }

type Condition = (row: Row) => boolean

/**
 * A tiny reader of `select [distinct] columns from table [where a='b' and …] [order by column [desc]]` with
 * `=`, `<>`, `!=`, `like` and `in`. Anything else is refused the way Informix refuses it.
 */
export function select(sql: string, database: Database): SqlAnswer {
  const tokens = tokensOf(sql)
  if (tokens === undefined) return refuse(syntaxError)
  try {
    return { ok: true, rows: new Statement(tokens, database).run() }
  } catch (error) {
    if (error instanceof Refused) return refuse(error.refusal)
    throw error
  }
}

function refuse(refusal: SqlRefusal): SqlAnswer {
  return { ok: false, refusal }
}

class Refused extends Error {
  readonly refusal: SqlRefusal

  constructor(refusal: SqlRefusal) {
    super(refusal.says)
    this.refusal = refusal
  }
}

const syntaxError: SqlRefusal = { code: -201, says: 'A syntax error has occurred.' }

const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|'((?:[^']|'')*)'|(-?\d+)|(<>|!=|[=,()*.]))/y

interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'sign'
  readonly text: string
}

function tokensOf(sql: string): Token[] | undefined {
  const text = sql.trim().replace(/;$/, '').trimEnd()
  if (text.length > 4_096) return undefined
  const tokens: Token[] = []
  const reader = new RegExp(pattern)
  while (reader.lastIndex < text.length) {
    const match = reader.exec(text)
    if (match === null) return undefined
    const [, word, string, digits, sign] = match
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() })
    else if (string !== undefined) tokens.push({ kind: 'text', text: string.replaceAll("''", "'") })
    else if (digits !== undefined) tokens.push({ kind: 'number', text: digits })
    else tokens.push({ kind: 'sign', text: sign! })
  }
  return tokens
}

class Statement {
  readonly #tokens: Token[]
  readonly #database: Database
  #at = 0
  #columns: readonly string[] = []
  #names = new Set<string>()

  constructor(tokens: Token[], database: Database) {
    this.#tokens = tokens
    this.#database = database
  }

  run(): Row[] {
    this.#expect('select')
    const isDistinct = this.#takes('distinct') || this.#takes('unique')
    const list = this.#list()
    this.#expect('from')
    const rows = this.#table()
    const columns = list === '*' ? this.#columns : list.map((column) => this.#known(column))
    const conditions = this.#takes('where') ? this.#conditions() : []
    const order = this.#order()
    if (this.#at < this.#tokens.length) throw new Refused(syntaxError)
    const found = sorted(
      rows.filter((row) => conditions.every((fits) => fits(row))),
      order,
    ).map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ''])))
    return isDistinct ? [...new Map(found.map((row) => [JSON.stringify(row), row])).values()] : found
  }

  #list(): '*' | string[] {
    if (this.#takes('*')) return '*'
    const columns = [this.#column()]
    while (this.#takes(',')) columns.push(this.#column())
    return columns
  }

  /** `column` or `table.column`; which table is not looked at before it is known. */
  #column(): string {
    const first = this.#word()
    if (!this.#takes('.')) return first
    this.#names.add(first)
    return this.#word()
  }

  #table(): readonly Row[] {
    const name = this.#word()
    const table = Object.hasOwn(this.#database, name) ? this.#database[name]! : undefined
    if (table === undefined)
      throw new Refused({ code: -206, says: `The specified table (${name}) is not in the database.` })
    this.#columns = table.columns
    const isAlias = this.#takes('as') || !['where', 'order', undefined].includes(this.#tokens[this.#at]?.text)
    const known = new Set([name, ...(isAlias ? [this.#word()] : [])])
    for (const used of this.#names) if (!known.has(used)) throw new Refused(unknownColumn(used))
    return table.rows
  }

  #conditions(): Condition[] {
    const conditions = [this.#condition()]
    while (this.#takes('and')) conditions.push(this.#condition())
    return conditions
  }

  #condition(): Condition {
    const column = this.#known(this.#column())
    const valueOf = (row: Row) => databaseText(row[column])
    if (this.#takes('=')) return equals(valueOf, this.#value())
    if (this.#takes('<>') || this.#takes('!=')) {
      const isEqual = equals(valueOf, this.#value())
      return (row) => !isEqual(row)
    }
    if (this.#takes('like')) {
      const wanted = this.#value()
      return (row) => isLike(valueOf(row), wanted)
    }
    this.#expect('in')
    this.#expect('(')
    const values = new Set([this.#value()])
    while (this.#takes(',')) values.add(this.#value())
    this.#expect(')')
    return (row) => values.has(valueOf(row))
  }

  #order(): { column: string; isDescending: boolean } | undefined {
    if (!this.#takes('order')) return undefined
    this.#expect('by')
    const column = this.#known(this.#column())
    const isDescending = this.#takes('desc')
    if (!isDescending) this.#takes('asc')
    return { column, isDescending }
  }

  #known(column: string): string {
    if (!this.#columns.includes(column)) throw new Refused(unknownColumn(column))
    return column
  }

  #value(): string {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== 'text' && token?.kind !== 'number') throw new Refused(syntaxError)
    return token.text
  }

  #word(): string {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== 'word') throw new Refused(syntaxError)
    return token.text
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'text' || token.text !== text) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw new Refused(syntaxError)
  }
}

function unknownColumn(column: string): SqlRefusal {
  return { code: -217, says: `Column (${column}) not found in any table in the query (or SLV is undefined).` }
}

function equals(valueOf: (row: Row) => string, wanted: string): Condition {
  return (row) => valueOf(row) === wanted
}

/** Informix writes booleans as t and f. */
export function databaseText(value: string | number | boolean | undefined): string {
  return typeof value === 'boolean' ? (value ? 't' : 'f') : String(value ?? '')
}

function sorted(rows: Row[], order: { column: string; isDescending: boolean } | undefined): Row[] {
  if (order === undefined) return rows
  const sign = order.isDescending ? -1 : 1
  return rows.toSorted((a, b) => sign * databaseText(a[order.column]).localeCompare(databaseText(b[order.column])))
}

/** LIKE with `%` for any text, without regard to case where AXL's search criteria ask so. */
export function isLike(text: string, wanted: string): boolean {
  const [first, ...rest] = wanted.split('%')
  if (rest.length === 0) return text === first
  if (!text.startsWith(first!)) return false
  let at = first!.length
  for (const part of rest.slice(0, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  const last = rest.at(-1)!
  return text.length - at >= last.length && text.endsWith(last)
}
