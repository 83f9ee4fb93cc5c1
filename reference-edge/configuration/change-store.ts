import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** One field of one page (or of one of its rows) that was changed. Values are JSON; a row's birth and end have `field` "". */
export interface ChangeRecord {
  readonly seq: number
  readonly peer: string
  /** Resource of the page. */
  readonly page: string
  /** Key of the row; "" on a form. */
  readonly row: string
  readonly field: string
  readonly old: unknown
  readonly new: unknown
  readonly at: string
  readonly by: string
}

export type Change = Pick<ChangeRecord, 'page' | 'row' | 'field' | 'new'>

/** Key of a value in the folded state. */
const placeOf = ({ page, row, field }: Pick<Change, 'page' | 'row' | 'field'>) => JSON.stringify([page, row, field])

/**
 * The configuration of one VCS on disk: change records and the state they fold to. One `append` is one transaction:
 * when it returns, a killed process finds it again (write-ahead log; a power cut may lose the last ones).
 */
export class ChangeStore implements Disposable {
  readonly #database: DatabaseSync
  readonly #peer: string
  readonly #state = new Map<string, Change>()

  private constructor(database: DatabaseSync, peer: string) {
    this.#database = database
    this.#peer = peer
    const rows = database.prepare('select page, row, field, value from state order by rowid').all() as unknown as {
      page: string
      row: string
      field: string
      value: string
    }[]
    for (const { value, ...place } of rows) this.#state.set(placeOf(place), { ...place, new: JSON.parse(value) })
  }

  /** Opens or makes the database; its file is for its owner only. */
  static open(path: string, peer: string): ChangeStore {
    const database = new DatabaseSync(path)
    database.exec(schema)
    if (path !== ':memory:') chmodSync(path, 0o600)
    return new ChangeStore(database, peer)
  }

  /** The folded state, in the order values were first written. */
  get state(): readonly Change[] {
    return [...this.#state.values()]
  }

  /** Writes changes as one; the value is their records. `peer`: where they were made, this VCS otherwise. */
  append(changes: readonly Change[], at: Date, by: string, peer = this.#peer): ChangeRecord[] {
    const written: ChangeRecord[] = []
    this.#database.exec('begin immediate')
    try {
      for (const change of changes) written.push(this.#write(change, { at: at.toISOString(), by, peer }))
      this.#database.exec('commit')
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
    for (const change of changes) {
      if (change.new === null) this.#state.delete(placeOf(change))
      else this.#state.set(placeOf(change), change)
    }
    return written
  }

  /** The newest records, newest first. */
  records(most: number): ChangeRecord[] {
    const rows = this.#database.prepare('select * from change order by seq desc limit ?').all(most) as unknown as (Omit<
      ChangeRecord,
      'old' | 'new'
    > & { old: string; new: string })[]
    return rows.map((row) => ({ ...row, old: JSON.parse(row.old), new: JSON.parse(row.new) }))
  }

  /** Everything into the one file, so that it can be copied. */
  checkpoint(): void {
    this.#database.exec('pragma wal_checkpoint(truncate)')
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #write(
    { page, row, field, new: value }: Change,
    { at, by, peer }: Pick<ChangeRecord, 'at' | 'by' | 'peer'>,
  ): ChangeRecord {
    const old = this.#state.get(placeOf({ page, row, field }))?.new ?? null
    const { lastInsertRowid } = this.#database
      .prepare('insert into change (peer, page, row, field, old, new, at, by) values (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(peer, page, row, field, JSON.stringify(old), JSON.stringify(value), at, by)
    if (value === null) {
      this.#database.prepare('delete from state where page = ? and row = ? and field = ?').run(page, row, field)
    } else {
      this.#database
        .prepare(
          'insert into state (page, row, field, value) values (?, ?, ?, ?) on conflict (page, row, field) do update set value = excluded.value',
        )
        .run(page, row, field, JSON.stringify(value))
    }
    return { seq: Number(lastInsertRowid), peer, page, row, field, old, new: value, at, by }
  }
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists change (
    seq integer primary key autoincrement, peer text not null, page text not null, row text not null,
    field text not null, old text not null, new text not null, at text not null, by text not null
  ) strict;
  create table if not exists state (
    page text not null, row text not null, field text not null, value text not null, primary key (page, row, field)
  ) strict;
`
