import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { systemIp } from '../configuration/pages/interfaces.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import { lanInterfacesOf } from './lan-interfaces.ts'

const folder = mkdtempSync(join(tmpdir(), 'lan-interfaces-test-'))
let number = 0

function open(product: Product = Product.expressway) {
  const configuration: Configuration = new Configuration({
    product,
    pages: pagesOf(product),
    store: ChangeStore.open(join(folder, `${++number}.db`), 'vcse1'),
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService: () => false,
    isModeOn: () => true,
    hasAdvancedNetworking: () => configuration.values(optionKeys).advancedNetworking === 'On',
  })
  return configuration
}

const address = '10.0.10.2'
const lan = { internal: '10.0.10.2', external: '10.0.20.2' }
const key = { 'Advanced Networking': 'On' }
const staticNat = { 'LAN 1 IPv4 static NAT mode': 'On', 'LAN 1 IPv4 static NAT address': '203.0.113.10' }

const namesOf = (configuration: Configuration, installation: { lan?: typeof lan }) => {
  const { inner, outer } = lanInterfacesOf({ configuration, installation, address })
  return [inner, outer].map(({ name, address, named }) => `${name} ${address} ${named}`)
}

describe('LAN interfaces of a VCS', () => {
  it('are refused on the page before the option key is installed', () => {
    const configuration = open()
    const refused = configuration.save(systemIp, { 'Use dual network interfaces': 'Yes', ...staticNat }, 'admin')
    const fields = refused.ok ? [] : refused.problems.map(({ field, says }) => `${field} ${says}`)
    expect(fields).toEqual([
      'Use dual network interfaces needs the option key Advanced Networking',
      'LAN 1 IPv4 static NAT mode needs the option key Advanced Networking',
    ])
  })

  it('count behind a restart, and no longer than the option key', () => {
    const configuration = open()
    configuration.save(optionKeys, key, 'admin')
    expect(configuration.save(systemIp, staticNat, 'admin')).toMatchObject({ ok: true, needsRestart: true })
    expect(namesOf(configuration, {})).toEqual(['LAN 1 10.0.10.2 10.0.10.2', 'LAN 1 10.0.10.2 10.0.10.2'])
    configuration.restarted()
    expect(namesOf(configuration, {})).toEqual(['LAN 1 10.0.10.2 203.0.113.10', 'LAN 1 10.0.10.2 203.0.113.10'])
    configuration.save(optionKeys, { 'Advanced Networking': 'Off' }, 'admin')
    expect(namesOf(configuration, {})).toEqual(['LAN 1 10.0.10.2 10.0.10.2', 'LAN 1 10.0.10.2 10.0.10.2'])
  })

  it('are two where the machine has them and the page says so; static NAT is of each', () => {
    const configuration = open()
    configuration.save(optionKeys, key, 'admin')
    expect(namesOf(configuration, { lan })).toEqual(['LAN 1 10.0.10.2 10.0.10.2', 'LAN 1 10.0.10.2 10.0.10.2'])
    const nat = { 'LAN 2 IPv4 static NAT mode': 'On', 'LAN 2 IPv4 static NAT address': '203.0.113.20' }
    configuration.save(systemIp, { 'Use dual network interfaces': 'Yes', ...nat }, 'admin')
    configuration.restarted()
    expect(namesOf(configuration, { lan })).toEqual(['LAN 1 10.0.10.2 10.0.10.2', 'LAN 2 10.0.20.2 203.0.113.20'])
  })

  it('need an address for static NAT', () => {
    const configuration = open()
    configuration.save(optionKeys, key, 'admin')
    const refused = configuration.save(systemIp, { 'LAN 1 IPv4 static NAT mode': 'On' }, 'admin')
    expect(refused).toMatchObject({ ok: false, problems: [{ field: 'LAN 1 IPv4 static NAT address' }] })
  })

  it('are one without static NAT on a VCS Control', () => {
    const configuration = open(Product.control)
    configuration.save(optionKeys, key, 'admin')
    expect(namesOf(configuration, { lan })).toEqual(['LAN 1 10.0.10.2 10.0.10.2', 'LAN 1 10.0.10.2 10.0.10.2'])
  })
})
