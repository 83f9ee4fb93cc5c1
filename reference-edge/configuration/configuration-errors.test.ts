import { describe, expect, it } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { ChangeStore } from './change-store.ts'
import { pagesOf } from './catalogue.ts'
import { Configuration } from './configuration.ts'
import { configurationErrors } from './configuration-errors.ts'
import type { Field } from './field.ts'
import type { AnyPage, FormPage, TablePage } from './page.ts'
import { Product } from './page.ts'
import { automatedDetection } from './pages/protection.ts'
import { systemDns, systemTime } from './pages/system.ts'
import {
  domains,
  imAndPresenceServers,
  unifiedCmServers,
  unifiedCommunications,
  unifiedCommunicationsOnExpressway,
} from './pages/unified-communications.ts'
import { controlZones, expresswayZones, turn } from './pages/zones.ts'

const publisher = { username: 'axl', password: 'secret' }
const zone = {
  name: 'Traversal zone',
  username: 'traversal',
  password: 'secret',
  h323Mode: 'Off',
  sipMode: 'On',
  transport: 'TLS',
  ucServices: 'Yes',
  tlsVerifyMode: 'On',
  mediaEncryption: 'Force encrypted',
  authenticationPolicy: 'Do not check credentials',
}
const modePages = { [Product.control]: unifiedCommunications, [Product.expressway]: unifiedCommunicationsOnExpressway }

/** A configuration of which the guide asks nothing more. */
function healthy(product: Product): Configuration {
  const modePage = modePages[product]
  const configuration: Configuration = new Configuration({
    product,
    pages: pagesOf(product),
    store: ChangeStore.open(':memory:', 'vcs1'),
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService: () => false,
    isModeOn: () => configuration.storedValues(modePage).mode !== 'Off',
  })
  const must = (outcome: { ok: boolean }) => expect(outcome).toMatchObject({ ok: true })
  must(configuration.save(modePage, { mode: 'Mobile and remote access' }, 'admin'))
  must(configuration.save(systemDns, { hostName: 'vcs1', domainName: 'example.com', address1: '192.0.2.53' }, 'admin'))
  must(configuration.create(systemTime, { address: 'ntp1.example.com' }, 'admin'))
  if (product === Product.control) {
    must(configuration.create(controlZones, { ...zone, peer1: 'vcse1.example.com' }, 'admin'))
    must(configuration.create(domains, { name: 'example.com', sipOnUnifiedCm: 'On', imAndPresence: 'On' }, 'admin'))
    must(configuration.create(unifiedCmServers, { address: 'cucm1.example.com', ...publisher }, 'admin'))
    must(configuration.create(imAndPresenceServers, { address: 'imp1.example.com', ...publisher }, 'admin'))
  } else {
    const { password: _, ...edgeZone } = zone
    must(configuration.create(expresswayZones, { ...edgeZone, tlsVerifySubjectName: 'vcsc1.example.com' }, 'admin'))
  }
  return configuration
}

/** What the description asks for: every field and every page that says so. */
function asked(product: Product): [string, string][] {
  return pagesOf(product).flatMap((page): [string, string][] => {
    const fields = page.kind === 'tool' ? [] : Object.entries(page.fields).filter(([, field]) => field.required)
    return [
      ...(page.required === undefined ? [] : [[page.path, ''] as [string, string]]),
      ...fields.map(([name]): [string, string] => [page.path, name]),
    ]
  })
}

function unset(configuration: Configuration, page: AnyPage, name: string): void {
  if (page.kind === 'tool') throw new Error(`${page.path} has nothing to unset`)
  const keys = page.kind === 'table' ? configuration.storedRows(page).map((row) => String(row[page.key])) : []
  if (name === '') {
    for (const key of keys) expect(configuration.remove(page as TablePage, key, 'admin').ok).toBe(true)
    return
  }
  const given = { [name]: badValueOf(page.fields[name]!) }
  const outcomes =
    page.kind === 'form'
      ? [configuration.save(page as FormPage, given, 'admin')]
      : keys.map((key) => configuration.update(page as TablePage, key, given, 'admin'))
  expect(outcomes.every(({ ok }) => ok)).toBe(true)
}

/** Nothing, or the first choice the guide does not ask for. */
function badValueOf({ requiredValue, choices = [] }: Field): string {
  if (requiredValue === undefined) return ''
  const bad = choices.find((each) => !requiredValue.includes(each))
  expect(bad).toBeDefined()
  return bad!
}

describe.each(Object.values(Product))('configuration errors of a %s', (product) => {
  it('are none where everything stands as the guide asks', () => {
    expect(configurationErrors(healthy(product))).toEqual([])
  })

  it('come from many fields and pages', () => {
    expect(asked(product).length).toBeGreaterThan(8)
  })

  it.each(asked(product))('name the page where it is mended: %s %s', (path, name) => {
    const configuration = healthy(product)
    const page = configuration.pages.find((each) => each.path === path)!
    unset(configuration, page, name)
    const errors = configurationErrors(configuration)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ says: expect.any(String), action: expect.any(String), page: path })
    if (name !== '' && page.kind !== 'tool') {
      expect(errors[0]!.says).toBe(page.fields[name]!.required)
      expect(errors[0]!.action).toContain(page.fields[name]!.label)
    }
  })

  it('are the mode and nothing else while it is off', () => {
    const configuration = healthy(product)
    unset(configuration, systemDns, 'hostName')
    configuration.save(modePages[product], { mode: 'Off' }, 'admin')
    expect(configurationErrors(configuration)).toMatchObject([
      { page: 'Configuration > Unified Communications > Configuration' },
    ])
  })

  it('say that more than one zone has Unified Communications services', () => {
    const configuration = healthy(product)
    const other = { ...zone, name: 'Another', port: 7002 }
    const { password: _, ...edgeZone } = other
    const created =
      product === Product.control
        ? configuration.create(controlZones, { ...other, peer1: 'vcse2.example.com' }, 'admin')
        : configuration.create(expresswayZones, { ...edgeZone, tlsVerifySubjectName: 'vcsc2.example.com' }, 'admin')
    expect(created.ok).toBe(true)
    expect(configurationErrors(configuration)).toMatchObject([{ page: 'Configuration > Zones > Zones' }])
  })

  it('do not come from a zone without Unified Communications services', () => {
    const configuration = healthy(product)
    const other = { name: 'Plain', username: 'u', port: 7003 }
    const created =
      product === Product.control
        ? configuration.create(controlZones, { ...other, password: 'p', peer1: 'vcse2.example.com' }, 'admin')
        : configuration.create(expresswayZones, other, 'admin')
    expect(created.ok).toBe(true)
    expect(configurationErrors(configuration)).toEqual([])
  })

  it('say that the category which blocks clients is on', () => {
    const configuration = healthy(product)
    configuration.update(automatedDetection, 'HTTP proxy resource access failure', { status: 'On' }, 'admin')
    expect(configurationErrors(configuration)).toMatchObject([{ page: automatedDetection.path }])
  })
})

describe('configuration errors', () => {
  it('ask for a domain with services on Unified CM', () => {
    const configuration = healthy(Product.control)
    configuration.update(domains, 'example.com', { sipOnUnifiedCm: 'Off', imAndPresence: 'Off' }, 'admin')
    expect(configurationErrors(configuration)).toMatchObject([{ page: 'Configuration > Domains' }])
  })

  it('say that calls are on for several domains, whichever has IM and Presence', () => {
    const configuration = healthy(Product.control)
    configuration.create(domains, { name: 'mail.example.com', sipOnUnifiedCm: 'Off' }, 'admin')
    expect(configurationErrors(configuration)).toEqual([])
    configuration.update(domains, 'mail.example.com', { sipOnUnifiedCm: 'On' }, 'admin')
    expect(configurationErrors(configuration)).toMatchObject([
      { says: expect.stringContaining('example.com, mail.example.com'), page: 'Configuration > Domains' },
    ])
  })

  it('say that a VCS Control for mobile and remote access is a gateway to Lync', () => {
    const configuration = healthy(Product.control)
    const neighbor = { name: 'Lync', type: 'Neighbor', transport: 'TCP', port: 5060, peer1: 'lync.example.com' }
    expect(configuration.create(controlZones, neighbor, 'admin').ok).toBe(true)
    expect(configurationErrors(configuration)).toEqual([])
    configuration.update(controlZones, 'Lync', { zoneProfile: 'Microsoft Lync B2BUA' }, 'admin')
    expect(configurationErrors(configuration)).toMatchObject([
      { says: expect.stringContaining('The zone Lync is a gateway'), page: 'Configuration > Zones > Zones' },
    ])
  })

  it('say that TURN is on', () => {
    const configuration = healthy(Product.expressway)
    configuration.save(turn, { services: 'On' }, 'admin')
    expect(configurationErrors(configuration)).toMatchObject([{ page: 'Configuration > Traversal > TURN' }])
  })
})
