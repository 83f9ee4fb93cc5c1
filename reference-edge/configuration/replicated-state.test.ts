import { describe, expect, it } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { pagesOf } from './catalogue.ts'
import { ChangeStore } from './change-store.ts'
import { Configuration } from './configuration.ts'
import type { Field } from './field.ts'
import type { AnyPage, FormPage, TablePage } from './page.ts'
import { Product } from './page.ts'
import { clustering } from './pages/clustering.ts'
import { searchRules } from './pages/dial-plan.ts'
import { systemAdministration, systemDns } from './pages/system.ts'
import { domains, unifiedCommunications } from './pages/unified-communications.ts'
import { controlZones, localAuthenticationDatabase } from './pages/zones.ts'

function open(product: Product = Product.control, isInService = () => false): Configuration {
  return new Configuration({
    product,
    pages: pagesOf(product),
    store: ChangeStore.open(':memory:', 'vcs2'),
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService,
    isModeOn: () => true,
  })
}

/** As it comes over the wire. */
const sent = (master: Configuration) => JSON.parse(JSON.stringify(master.replicated()))
const storedPages = (configuration: Configuration) =>
  configuration.pages.filter((page): page is FormPage | TablePage => page.kind !== 'tool')

function must(outcome: { ok: boolean }): void {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome))
}

/** Another value that the field takes. */
function otherThan(field: Field, value: unknown): unknown {
  if (field.choices !== undefined) return field.choices.find((choice) => choice !== value) ?? value
  const candidates = ['10.1.2.3', 'example.org', 'Words', 17, 7_001, 2, 30]
  return candidates.find((each) => each !== value && field.read(each).ok && typeof each === typeof value) ?? value
}

/** A row as a new one begins, with a key. */
function rowOf(page: TablePage): { key: string; values: Record<string, unknown> } {
  const initial = Object.fromEntries(Object.entries(page.fields).map(([name, field]) => [name, field.initial]))
  const key = otherThan(page.fields[page.key]!, initial[page.key])
  return { key: String(key), values: { ...initial, [page.key]: key } }
}

/** Changes every page by every field, whatever they mean together. */
function changeEverything(configuration: Configuration): void {
  const state = configuration.replicated().map(({ page: resource, rows }) => {
    const page = storedPages(configuration).find((each) => each.resource === resource)!
    const changed = (rows.length > 0 ? rows : [rowOf(page as TablePage)]).map(({ key, values }) => ({
      key,
      values: Object.fromEntries(
        Object.entries(values).map(([name, value]) => {
          const isKey = page.kind === 'table' && page.key === name
          return [name, isKey ? value : otherThan(page.fields[name]!, value)]
        }),
      ),
    }))
    return { page: resource, rows: changed }
  })
  const adopted = configuration.adopt(state, 'test')
  if (!adopted.ok) throw new Error(adopted.reason)
}

describe.each([Product.control, Product.expressway])('the configuration of a cluster of %s', (product) => {
  it('is replicated page by page, field by field, but for what is a peer’s own', () => {
    const [master, peer] = [open(product), open(product)]
    changeEverything(master)
    const isAsNew = (resource: string) => {
      const page = storedPages(master).find((each) => each.resource === resource)!
      return JSON.stringify(valuesOf(master, page)) === JSON.stringify(valuesOf(peer, page))
    }
    expect(master.replicated().filter(({ page }) => isAsNew(page))).toEqual([])
    const before = new Map(storedPages(peer).map((page) => [page.resource, valuesOf(peer, page)]))
    expect(peer.adopt(sent(master), 'vcs1')).toMatchObject({ ok: true })
    for (const page of storedPages(peer)) {
      const wanted = page.isPerPeer === true ? before.get(page.resource) : valuesOf(master, page)
      expect(valuesOf(peer, page), page.path).toEqual(wanted)
    }
    expect(peer.adopt(sent(master), 'vcs1')).toEqual({ ok: true, records: [] })
  })
})

function valuesOf(configuration: Configuration, page: AnyPage): unknown {
  return page.kind === 'form' ? configuration.storedValues(page) : configuration.storedRows(page as TablePage)
}

describe('a peer that takes over the master’s configuration', () => {
  it('keeps its own names, clustering and administration access', () => {
    const [master, peer] = [open(), open()]
    must(master.save(systemDns, { hostName: 'vcsc1' }, 'admin'))
    must(master.save(systemAdministration, { systemName: 'one', automatedProtectionService: 'On' }, 'admin'))
    must(peer.save(systemDns, { hostName: 'vcsc2' }, 'admin'))
    must(peer.save(systemAdministration, { systemName: 'two' }, 'admin'))
    must(peer.save(clustering, { clusterName: 'vcsc.example.com' }, 'admin'))
    expect(peer.adopt(sent(master), 'vcsc1')).toMatchObject({ ok: true })
    expect(peer.storedValues(systemDns).hostName).toBe('vcsc2')
    expect(peer.storedValues(clustering).clusterName).toBe('vcsc.example.com')
    expect(peer.storedValues(systemAdministration)).toMatchObject({
      systemName: 'two',
      automatedProtectionService: 'On',
    })
  })

  it('makes, changes and deletes rows, secrets too, and says who did and where', () => {
    const [master, peer] = [open(), open()]
    const told: unknown[] = []
    peer.onChange((records) => void told.push(records))
    must(master.create(localAuthenticationDatabase, { name: 'zone', password: 's3cret' }, 'admin'))
    must(peer.create(localAuthenticationDatabase, { name: 'here only', password: 'x' }, 'admin'))
    const adopted = peer.adopt(sent(master), 'vcsc1')
    expect(peer.rows(localAuthenticationDatabase)).toEqual([{ name: 'zone', password: 's3cret' }])
    expect(told).toHaveLength(2)
    expect(told[1]).toEqual((adopted as { records: unknown }).records)
    expect(peer.records(1)).toMatchObject([{ peer: 'vcsc1', by: 'cluster' }])
    must(master.remove(localAuthenticationDatabase, 'zone', 'admin'))
    expect(peer.adopt(sent(master), 'vcsc1')).toMatchObject({ ok: true })
    expect(peer.rows(localAuthenticationDatabase)).toEqual([])
  })

  it('has rows in the master’s order', () => {
    const [master, peer] = [open(), open()]
    for (const name of ['a.example', 'b.example', 'c.example']) must(master.create(domains, { name }, 'admin'))
    for (const name of ['c.example', 'a.example']) must(peer.create(domains, { name }, 'admin'))
    expect(peer.adopt(sent(master), 'vcsc1')).toMatchObject({ ok: true })
    expect(peer.rows(domains).map(({ name }) => name)).toEqual(['a.example', 'b.example', 'c.example'])
  })

  it('loses a row that a new system has where the master deleted it', () => {
    const [master, peer] = [open(), open()]
    const [first] = master.storedRows(searchRules)
    must(master.remove(searchRules, first!.name, 'admin'))
    expect(peer.adopt(sent(master), 'vcsc1')).toMatchObject({ ok: true })
    expect(peer.storedRows(searchRules)).toEqual(master.storedRows(searchRules))
  })

  it('lets a change wait for a restart as one that was made here', () => {
    const [master, peer] = [open(), open(Product.control, () => true)]
    must(master.create(domains, { name: 'example.com' }, 'admin'))
    expect(peer.adopt(sent(master), 'vcsc1')).toMatchObject({ ok: true })
    const isWaiting = domains.effect !== 'at once'
    expect(peer.pending().length > 0).toBe(isWaiting)
    expect(peer.storedRows(domains)).toHaveLength(1)
  })

  it.each<[string, (state: any[]) => unknown]>([
    ['no list', () => 'configuration'],
    ['a page that is unknown', (state) => [...state, { page: 'common/nothing', rows: [] }]],
    ['a page that is a peer’s own', (state) => [...state, { page: 'common/dns', rows: [] }]],
    ['a page that is missing', (state) => state.slice(1)],
    ['a value of another type', (state) => changed(state, unifiedCommunications.resource, { mode: 7 })],
    ['a choice there is not', (state) => changed(state, unifiedCommunications.resource, { mode: 'Maybe' })],
    ['another field', (state) => changed(state, unifiedCommunications.resource, { extra: 'x' })],
    ['a row twice', (state) => twice(state, controlZones.resource)],
    ['too many rows', (state) => flooded(state, domains.resource)],
  ])('refuses %s as a whole', (_case, break_) => {
    const [master, peer] = [open(), open()]
    must(master.save(unifiedCommunications, { mode: 'Mobile and remote access' }, 'admin'))
    must(master.create(domains, { name: 'example.com' }, 'admin'))
    must(master.create(controlZones, { name: 'z', type: 'Neighbor', peer1: '10.0.0.7' }, 'admin'))
    expect(peer.adopt(break_(sent(master)), 'vcsc1')).toMatchObject({ ok: false, reason: expect.any(String) })
    expect(peer.storedRows(domains)).toEqual([])
    expect(peer.records(1)).toEqual([])
  })
})

function changed(state: any[], resource: string, values: object): unknown {
  const rows = ({ rows: [row] }: any) => [{ ...row, values: { ...row.values, ...values } }]
  return state.map((each) => (each.page === resource ? { ...each, rows: rows(each) } : each))
}

function twice(state: any[], resource: string): unknown {
  return state.map((each) => (each.page === resource ? { ...each, rows: [...each.rows, ...each.rows] } : each))
}

function flooded(state: any[], resource: string): unknown {
  const many = (row: any) =>
    Array.from({ length: 5_000 }, (_, at) => ({
      key: `d${at}.example`,
      values: { ...row.values, name: `d${at}.example` },
    }))
  return state.map((each) => (each.page === resource ? { ...each, rows: many(each.rows[0]) } : each))
}
