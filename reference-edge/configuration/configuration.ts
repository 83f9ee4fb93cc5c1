import type { WallClock } from '#runtime/clock.ts'
import type { Change, ChangeRecord, ChangeStore } from './change-store.ts'
import type { Effect, Field, Fields, ValuesOf } from './field.ts'
import type { AnyPage, FormPage, Product, RowProblem, TablePage } from './page.ts'
import type { Problem } from './problem.ts'
import { readGiven } from './read-given.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { differenceTo, replicatedOf } from './replicated-state.ts'
import type { Row, State } from './row-changes.ts'
import { apply, changesOf, copyOf, initialOf, removalOf } from './row-changes.ts'

/** What became of a save. */
export type Outcome =
  | { readonly ok: true; readonly records: readonly ChangeRecord[]; readonly needsRestart: boolean }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What became of the master's configuration on another peer. */
export type Adoption =
  { readonly ok: true; readonly records: readonly ChangeRecord[] } | { readonly ok: false; readonly reason: string }

/** A value that is stored and counts only behind the next restart. */
export interface PendingChange {
  readonly page: string
  readonly row: string
  readonly field: string
}

export interface ConfigurationOptions {
  readonly product: Product
  readonly pages: readonly AnyPage[]
  readonly store: ChangeStore
  readonly clock: WallClock
  /** Unified Communications services have run since the start: changes of names, DNS and domains wait for a restart. */
  readonly isInService: () => boolean
  /** Unified Communications mode is Mobile and remote access. */
  readonly isModeOn: () => boolean
  /** What a form cannot know by itself, by resource: the addresses of this VCS, for example. */
  readonly checks?: Readonly<Record<string, (values: never) => readonly RowProblem[]>>
  /** The option key Advanced Networking is installed. */
  readonly hasAdvancedNetworking?: () => boolean
}

/**
 * The configuration of one VCS: what is stored and what is running. Both are the same but for changes that wait for a
 * restart. A refused change changes nothing.
 */
export class Configuration {
  readonly #options: ConfigurationOptions
  readonly #listeners = new Set<(records: readonly ChangeRecord[]) => void>()
  #stored: State
  #running: State

  constructor(options: ConfigurationOptions) {
    this.#options = options
    this.#stored = this.#read()
    this.#running = copyOf(this.#stored)
  }

  get product(): Product {
    return this.#options.product
  }

  get pages(): readonly AnyPage[] {
    return this.#options.pages
  }

  /** The running values of a form. */
  values<F extends Fields>(page: FormPage<F>): ValuesOf<F> {
    return this.#running.get(page.resource)!.get('') as ValuesOf<F>
  }

  /** The running rows of a table. */
  rows<F extends Fields>(page: TablePage<F>): readonly ValuesOf<F>[] {
    return [...this.#running.get(page.resource)!.values()] as ValuesOf<F>[]
  }

  storedValues<F extends Fields>(page: FormPage<F>): ValuesOf<F> {
    return this.#stored.get(page.resource)!.get('') as ValuesOf<F>
  }

  storedRows<F extends Fields>(page: TablePage<F>): readonly ValuesOf<F>[] {
    return [...this.#stored.get(page.resource)!.values()] as ValuesOf<F>[]
  }

  storedRow<F extends Fields>(page: TablePage<F>, key: string): ValuesOf<F> | undefined {
    return this.#stored.get(page.resource)!.get(key) as ValuesOf<F> | undefined
  }

  /** Changes the named fields of a form; `given` is by label or key, values as texts or in their own type. */
  save<F extends Fields>(typed: FormPage<F>, given: Readonly<Record<string, unknown>>, by: string): Outcome {
    const page = typed as unknown as FormPage
    const before = this.storedValues(page)
    const read = readGiven(page, given, before)
    const problems = [...read.problems, ...this.#refusals(page, read.values, before)]
    if (problems.length === 0) problems.push(...this.#formProblems(page, read.values))
    if (problems.length > 0) return { ok: false, problems }
    return this.#store(page, '', before, read.values, by)
  }

  create<F extends Fields>(typed: TablePage<F>, given: Readonly<Record<string, unknown>>, by: string): Outcome {
    const page = typed as unknown as TablePage
    if (!page.isOpen) return refusal(page, '', 'has a fixed set of rows', 'Edit one of them')
    const rows = this.#stored.get(page.resource)!
    if (rows.size >= page.mostRows) return refusal(page, '', `has ${rows.size} rows`, 'Delete one first')
    const initial = initialOf(page.fields)
    const read = readGiven(page, given, initial)
    const key = String(read.values[page.key] ?? '')
    const problems = [...read.problems, ...this.#refusals(page, read.values, initial)]
    if (rows.has(key)) problems.push(...inPage(page, [taken(page, key)]))
    if (problems.length === 0) problems.push(...this.#rowProblems(page, read.values, undefined))
    if (problems.length > 0) return { ok: false, problems }
    return this.#store(page, key, undefined, read.values, by)
  }

  update<F extends Fields>(
    typed: TablePage<F>,
    key: string,
    given: Readonly<Record<string, unknown>>,
    by: string,
  ): Outcome {
    const page = typed as unknown as TablePage
    const before = this.#stored.get(page.resource)!.get(key)
    if (before === undefined) return absent(page, key)
    const read = readGiven(page, given, before)
    const newKey = String(read.values[page.key] ?? '')
    const problems = [...read.problems, ...this.#refusals(page, read.values, before)]
    if (newKey !== key && !page.isOpen)
      return refusal(page, page.fields[page.key]!.label, 'is fixed', 'Leave it as it is')
    if (newKey !== key && this.#stored.get(page.resource)!.has(newKey)) {
      problems.push(...inPage(page, [taken(page, newKey)]))
    }
    if (problems.length === 0) problems.push(...this.#rowProblems(page, read.values, key))
    if (problems.length > 0) return { ok: false, problems }
    if (newKey === key) return this.#store(page, key, before, read.values, by)
    const removed = removalOf(page, key, before)
    return this.#write([...removed, ...changesOf(page, newKey, undefined, read.values)], by)
  }

  remove<F extends Fields>(typed: TablePage<F>, key: string, by: string): Outcome {
    const page = typed as unknown as TablePage
    if (!page.isOpen) return refusal(page, '', 'has a fixed set of rows', 'Edit one of them')
    const before = this.#stored.get(page.resource)!.get(key)
    return before === undefined ? absent(page, key) : this.#write(removalOf(page, key, before), by)
  }

  /** What the other peers of a cluster take over, secrets included. */
  replicated(): ReplicatedState {
    return replicatedOf(this.#options.pages, this.#stored)
  }

  /**
   * Takes over the replicated configuration of the cluster's master; its changes take effect as if they were made here.
   * `given` is what came over the wire: all of it is refused where a part cannot be read.
   */
  adopt(given: unknown, master: string): Adoption {
    const difference = differenceTo(given, this.#options.pages, this.#stored)
    if (!difference.ok) return difference
    return { ok: true, records: this.#write(difference.changes, 'cluster', master).records }
  }

  /** Called behind every stored change with its records. */
  onChange(listener: (records: readonly ChangeRecord[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What waits for a restart. */
  pending(): PendingChange[] {
    return this.#options.pages.flatMap((page) => {
      if (page.kind === 'tool') return []
      const [stored, running] = [this.#stored.get(page.resource)!, this.#running.get(page.resource)!]
      const keys = new Set([...stored.keys(), ...running.keys()])
      return [...keys].flatMap((row) => {
        const [one, other] = [stored.get(row), running.get(row)]
        if (one === undefined || other === undefined) return [{ page: page.path, row, field: '' }]
        return Object.entries(page.fields).flatMap(([name, { label }]) =>
          one[name] === other[name] ? [] : [{ page: page.path, row, field: label }],
        )
      })
    })
  }

  /** The system starts anew: what is stored is what runs. */
  restarted(): void {
    this.#running = copyOf(this.#stored)
  }

  /** Every stored value by menu path and label, without secrets: `set` or `not set` stands for them. */
  dump(): Record<string, unknown> {
    const shown = (page: FormPage | TablePage, row: Row) =>
      Object.fromEntries(
        Object.entries(page.fields).map(([name, { label, input }]) => [
          label,
          input === 'secret' ? (row[name] === '' ? 'not set' : 'set') : row[name],
        ]),
      )
    return Object.fromEntries(
      this.#options.pages.flatMap((page) => {
        if (page.kind === 'tool') return []
        const rows = [...this.#stored.get(page.resource)!.values()].map((row) => shown(page, row))
        return [[page.path, page.kind === 'form' ? rows[0] : rows]]
      }),
    )
  }

  records(most: number): ChangeRecord[] {
    return this.#options.store.records(most)
  }

  #formProblems(page: FormPage, values: Row): Problem[] {
    const ownCheck = this.#options.checks?.[page.resource]
    return inPage(page, [...(page.check?.(values as never) ?? []), ...(ownCheck?.(values as never) ?? [])])
  }

  #rowProblems(page: TablePage, row: Row, key: string | undefined): Problem[] {
    if (page.check === undefined) return []
    const others = [...this.#stored.get(page.resource)!].flatMap(([name, other]) => (name === key ? [] : [other]))
    return inPage(page, page.check(row as never, others as never))
  }

  #refusals(page: FormPage | TablePage, values: Row, before: Row): Problem[] {
    return [...this.#modeRefusals(page, values, before), ...this.#keyRefusals(page, values, before)]
  }

  #keyRefusals(page: FormPage | TablePage, values: Row, before: Row): Problem[] {
    if (this.#options.hasAdvancedNetworking?.() === true) return []
    return Object.entries(page.fields)
      .filter(([name, { needsKey, initial }]) => needsKey && values[name] !== before[name] && values[name] !== initial)
      .map(([, { label }]) => ({
        page: page.path,
        field: label,
        says: 'needs the option key Advanced Networking',
        action: 'Add the key at Maintenance > Option keys first',
      }))
  }

  /** Settings that depend on the mode are refused before it is on (guide: Enabling mobile and remote access). */
  #modeRefusals(page: FormPage | TablePage, values: Row, before: Row): Problem[] {
    if (this.#options.isModeOn()) return []
    const dependent = (name: string, field: Field) =>
      field.needsMode && values[name] !== before[name] && values[name] !== field.initial
    const fields = Object.entries(page.fields).filter(([name, field]) => page.needsMode || dependent(name, field))
    const labels = page.needsMode ? [''] : fields.map(([, { label }]) => label)
    return labels.map((field) => ({
      page: page.path,
      field,
      says: 'can be configured only while Unified Communications mode is Mobile and remote access',
      action: 'Set the mode at Configuration > Unified Communications > Configuration first',
    }))
  }

  #store(page: FormPage | TablePage, row: string, before: Row | undefined, after: Row, by: string): Outcome {
    return this.#write(changesOf(page, row, before, after), by)
  }

  /** `peer`: the master that a replicated change was made on. */
  #write(changes: readonly Change[], by: string, peer?: string): Outcome & { ok: true } {
    if (changes.length === 0) return { ok: true, records: [], needsRestart: false }
    const records = this.#options.store.append(changes, this.#options.clock.now(), by, peer)
    for (const change of changes) {
      apply(this.#stored, change)
      if (this.#isAtOnce(this.#effectOf(change))) apply(this.#running, change)
    }
    for (const listener of this.#listeners) listener(records)
    return { ok: true, records, needsRestart: this.pending().length > 0 }
  }

  #effectOf({ page: resource, field }: Change): Effect {
    const page = this.#options.pages.find((each) => each.resource === resource)!
    return (page.kind === 'tool' ? undefined : page.fields[field]?.effect) ?? page.effect
  }

  #isAtOnce(effect: Effect): boolean {
    return effect === 'at once' || (effect === 'service' && !this.#options.isInService())
  }

  #read(): State {
    const state: State = new Map()
    for (const page of this.#options.pages) {
      const rows = new Map<string, Row>()
      state.set(page.resource, rows)
      if (page.kind === 'form') rows.set('', initialOf(page.fields))
      if (page.kind === 'table') {
        for (const row of page.initialRows) rows.set(String(row[page.key]), { ...initialOf(page.fields), ...row })
      }
    }
    for (const change of this.#options.store.state) if (state.has(change.page)) apply(state, change)
    return this.#withDefaults(state)
  }

  /** Fields a later release has added stand at their default in rows of before. */
  #withDefaults(state: State): State {
    for (const page of this.#options.pages) {
      if (page.kind === 'tool') continue
      const rows = state.get(page.resource)!
      for (const [key, row] of rows) rows.set(key, { ...initialOf(page.fields), ...row })
    }
    return state
  }
}

function inPage({ path }: AnyPage, problems: readonly RowProblem[]): Problem[] {
  return problems.map((problem) => ({ page: path, ...problem }))
}

function taken(page: TablePage, key: string): RowProblem {
  const { label } = page.fields[page.key]!
  return { field: label, says: `"${key}" exists already`, action: `Choose another ${label}` }
}

function refusal(page: AnyPage, field: string, says: string, action: string): Outcome {
  return { ok: false, problems: [{ page: page.path, field, says, action }] }
}

function absent(page: TablePage, key: string): Outcome {
  return refusal(page, '', `has no ${page.rowName} "${key}"`, 'Choose one of the list')
}
