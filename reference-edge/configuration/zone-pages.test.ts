import { describe, expect, it } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { configuredRules, shownRules } from '../dial-plan/configured-rules.ts'
import { pagesOf } from './catalogue.ts'
import { ChangeStore } from './change-store.ts'
import { Configuration } from './configuration.ts'
import { Product } from './page.ts'
import { searchRules } from './pages/dial-plan.ts'
import { controlZones, expresswayZones } from './pages/zones.ts'
import { peersOf } from './zone-fields.ts'

function open(product: Product, store = ChangeStore.open(':memory:', 'vcs')) {
  const configuration = new Configuration({
    product,
    pages: pagesOf(product),
    store,
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService: () => false,
    isModeOn: () => false,
  })
  return { configuration, store }
}

const neighbor = { Name: 'Trunk', Type: 'Neighbor', Port: 5065, Transport: 'TCP', 'Peer 1 address': '192.0.2.20' }
const labelsOf = (outcome: ReturnType<Configuration['create']>) =>
  outcome.ok ? [] : outcome.problems.map(({ field }) => field)

describe('zones by type', () => {
  it.each([
    [Product.control, controlZones],
    [Product.expressway, expresswayZones],
  ] as const)('ask on the %s only for what the type has', (product, page) => {
    const { configuration } = open(product)
    expect(configuration.create(page as typeof controlZones, neighbor, 'admin')).toMatchObject({ ok: true })
    const dns = { Name: 'DNSZone', Type: 'DNS', 'TLS verify mode': 'On' }
    expect(configuration.create(page as typeof controlZones, dns, 'admin')).toMatchObject({ ok: true })
    const traversal = { Name: 'T', Type: page.fields.type.choices!.find((type) => type.startsWith('Traversal')) }
    const missing = labelsOf(configuration.create(page as typeof controlZones, traversal, 'admin'))
    expect(missing).toContain('Username')
    const { 'Peer 1 address': _, ...nowhere } = { ...neighbor, Name: 'N' }
    expect(labelsOf(configuration.create(page as typeof controlZones, nowhere, 'admin'))).toEqual(['Peer 1 address'])
  })

  it('keep names apart that mean something already', () => {
    const { configuration } = open(Product.control)
    const taken = (Name: string) => labelsOf(configuration.create(controlZones, { ...neighbor, Name }, 'admin'))
    expect(taken('Local Zone')).toEqual(['Name'])
    expect(taken('CEtcp-cucm1')).toEqual(['Name'])
  })

  it('have the peers that are filled in', () => {
    const { configuration } = open(Product.control)
    configuration.create(controlZones, { ...neighbor, 'Peer 3 address': 'cucm3.example.com' }, 'admin')
    expect(peersOf(configuration.rows(controlZones)[0]!)).toEqual(['192.0.2.20', 'cucm3.example.com'])
  })
})

describe('search rules of an administrator', () => {
  const rule = { 'Rule name': 'To trunk', Mode: 'Alias pattern match', 'Pattern string': '1', Target: 'Trunk' }

  it('are refused with a pattern that could take for ever', () => {
    const { configuration } = open(Product.control)
    const slow = { ...rule, 'Pattern type': 'Regex', 'Pattern string': '(.*)*', 'Pattern behavior': 'Leave' }
    expect(labelsOf(configuration.create(searchRules, slow, 'admin'))).toEqual(['Pattern string'])
    expect(labelsOf(configuration.create(searchRules, { ...rule, Priority: 65_535 }, 'admin'))).toEqual(['Priority'])
    expect(labelsOf(configuration.create(searchRules, { ...rule, 'Pattern string': '' }, 'admin'))).toEqual([
      'Pattern string',
    ])
  })

  it('stay when their target is deleted, and say so', () => {
    const { configuration } = open(Product.control)
    configuration.create(controlZones, neighbor, 'admin')
    configuration.create(searchRules, rule, 'admin')
    const shown = () => shownRules(configuration, { rules: searchRules, zones: controlZones })
    expect(shown()).toMatchObject([
      { name: 'LocalZoneMatch', priority: 50, target: 'Local Zone', reason: undefined },
      { name: 'To trunk', priority: 100, target: 'Trunk', reason: undefined },
    ])
    configuration.remove(controlZones, 'Trunk', 'admin')
    expect(shown()[1]!['reason']).toContain('There is no zone "Trunk"')
    expect(configuredRules(configuration, searchRules)[1]).toMatchObject({ behavior: 'Strip', patternType: 'Prefix' })
  })

  it('have one on a new system, which stays deleted', () => {
    const { configuration, store } = open(Product.control)
    configuration.update(searchRules, 'LocalZoneMatch', { Priority: 60 }, 'admin')
    expect(open(Product.control, store).configuration.rows(searchRules)).toMatchObject([{ priority: 60 }])
    configuration.remove(searchRules, 'LocalZoneMatch', 'admin')
    expect(open(Product.control, store).configuration.rows(searchRules)).toEqual([])
    configuration.create(searchRules, { 'Rule name': 'LocalZoneMatch', Target: 'Local Zone' }, 'admin')
    expect(open(Product.control, store).configuration.rows(searchRules)).toMatchObject([{ priority: 100 }])
  })
})
