import type { Effect, Fields, ValuesOf } from './field.ts'
import type { Problem } from './problem.ts'

export const Product = { control: 'VCS Control', expressway: 'VCS Expressway' } as const
export type Product = (typeof Product)[keyof typeof Product]

const both: readonly Product[] = Object.values(Product)

/** A read-only table of a page; what stands in it comes from the running system. */
export interface ViewDescription {
  readonly title: string
  /** Label of each column by key of the row. */
  readonly columns: Readonly<Record<string, string>>
  /** More columns, each shown where a row has something in it: of a VCS in a cluster. */
  readonly inCluster?: Readonly<Record<string, string>>
  /** Said where there is no row. */
  readonly empty: string
  /** A link in each row to the page of this path, about the row: its value of the column `by`. */
  readonly link?: { readonly label: string; readonly path: string; readonly by: string }
  /** Where the page is asked about one thing (`?about=`), only rows with that value in this column are shown. */
  readonly about?: string
}

/** A button of a page, with the fields it asks for. */
export interface ActionDescription {
  /** The button's text. */
  readonly label: string
  readonly says?: string
  readonly fields?: Fields
  /** Asked before it happens. */
  readonly confirm?: string
  /** What comes behind it ends every login, and the connection too. */
  readonly endsSessions?: boolean
  /** The answer is a file. */
  readonly isDownload?: boolean
  /** A button in each row of this view; the row holds the value of its only field, as a column or besides them. */
  readonly onRowOf?: string
}

/** What every page has. */
export interface PageRules {
  /** Menu path as the guide prints it: `Configuration > Zones > Zones`. */
  readonly path: string
  /** Path of the API below `/api/provisioning/`. */
  readonly resource: string
  readonly on?: readonly Product[]
  /** A sentence or two under the heading. */
  readonly intro?: string
  /** When its changes count; default at once. */
  readonly effect?: Effect
  readonly views?: Readonly<Record<string, ViewDescription>>
  readonly actions?: Readonly<Record<string, ActionDescription>>
  /** Each peer of a cluster has its own: never replicated (Cluster Creation and Maintenance guide, peer-specific items). */
  readonly isPerPeer?: boolean
  /** The whole page is refused before Unified Communications mode is Mobile and remote access. */
  readonly needsMode?: boolean
  /** Without `mobile and remote access` in the mode, nothing of this page can be missing. */
  readonly required?: string
}

interface Page extends Omit<PageRules, 'on' | 'effect'> {
  readonly on: readonly Product[]
  readonly effect: Effect
}

/** One set of values, with a Save button. */
export interface FormPage<F extends Fields = Fields> extends Page {
  readonly kind: 'form'
  readonly fields: F
  /** What no single field shows. */
  check?(values: ValuesOf<F>): readonly RowProblem[]
}

/** A list of rows, each named by its key field. */
export interface TablePage<F extends Fields = Fields> extends Page {
  readonly kind: 'table'
  readonly fields: F
  /** The field that names a row and is unique. */
  readonly key: keyof F & string
  /** What one row is called: `domain`, `zone`. */
  readonly rowName: string
  /** The button that stores a new row. */
  readonly create: string
  /** Columns of the list; all but secrets otherwise. */
  readonly columns: readonly (keyof F & string)[]
  /** Rows of a new system; where the table is not open they are always there. */
  readonly initialRows: readonly Partial<ValuesOf<F>>[]
  /** Rows can be added and deleted. */
  readonly isOpen: boolean
  readonly mostRows: number
  check?(row: ValuesOf<F>, others: readonly ValuesOf<F>[]): readonly RowProblem[]
}

/** No configuration: status, tools. */
export interface ToolPage extends Page {
  readonly kind: 'tool'
}

export type RowProblem = Pick<Problem, 'says' | 'action'> & { readonly field: string }
export type AnyPage = FormPage | TablePage | ToolPage

export function formPage<const F extends Fields>(
  rules: PageRules & { fields: F; check?(values: ValuesOf<F>): readonly RowProblem[] },
): FormPage<F> {
  return { kind: 'form', ...complete(rules) }
}

export function tablePage<const F extends Fields>(
  rules: PageRules & {
    fields: F
    key: keyof F & string
    rowName: string
    create?: string
    columns?: readonly (keyof F & string)[]
    initialRows?: readonly Partial<ValuesOf<F>>[]
    isOpen?: boolean
    mostRows?: number
    check?(row: ValuesOf<F>, others: readonly ValuesOf<F>[]): readonly RowProblem[]
  },
): TablePage<F> {
  const columns = Object.keys(rules.fields).filter((key) => rules.fields[key]!.input !== 'secret')
  return {
    kind: 'table',
    create: `Create ${rules.rowName}`,
    columns,
    initialRows: [],
    isOpen: true,
    mostRows: 200,
    ...complete(rules),
  }
}

export function toolPage(rules: PageRules): ToolPage {
  return { kind: 'tool', ...complete(rules) }
}

function complete<Rules extends PageRules>(rules: Rules): Rules & { on: readonly Product[]; effect: Effect } {
  return { on: both, effect: 'at once', ...rules }
}
