import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { ChangeStore } from './change-store.ts'
import { pagesOf } from './catalogue.ts'
import { Configuration } from './configuration.ts'
import { automatedDetection } from './pages/protection.ts'
import { systemDns, systemTime } from './pages/system.ts'
import { domains, unifiedCommunications } from './pages/unified-communications.ts'
import { controlZones } from './pages/zones.ts'
import { Product } from './page.ts'

const folder = mkdtempSync(join(tmpdir(), 'configuration-test-'))
let number = 0
const newPath = () => join(folder, `${++number}.db`)

function open(path = newPath(), isInService = () => false) {
  const store = ChangeStore.open(path, 'vcsc1')
  const configuration: Configuration = new Configuration({
    product: Product.control,
    pages: pagesOf(Product.control),
    store,
    clock: new HostWallClock(realMonotonicClock, new Date()),
    isInService,
    isModeOn: () => configuration.storedValues(unifiedCommunications).mode === 'Mobile and remote access',
  })
  return { path, store, configuration }
}

const mode = { 'Unified Communications mode': 'Mobile and remote access' }

describe('a configuration', () => {
  it('takes labels, keeps values over a reopening, in a file for its owner only', () => {
    const { path, store, configuration } = open()
    const saved = configuration.save(
      systemDns,
      { 'System host name': ' vcsc1 ', 'Domain name': 'example.com' },
      'admin',
    )
    expect(saved).toMatchObject({ ok: true, needsRestart: false })
    store[Symbol.dispose]()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(open(path).configuration.values(systemDns)).toMatchObject({ hostName: 'vcsc1', domainName: 'example.com' })
  })

  it('keeps who changed what, from what, to what', () => {
    const { configuration } = open()
    configuration.save(systemDns, { hostName: 'one' }, 'admin')
    configuration.save(systemDns, { hostName: 'two' }, 'alice')
    const [newest] = configuration.records(1)
    expect(newest).toMatchObject({ page: 'common/dns', field: 'hostName', old: 'one', new: 'two', by: 'alice' })
  })

  it('refuses with page, field, what and what to do, and changes nothing', () => {
    const { configuration } = open()
    const refused = configuration.save(systemDns, { hostName: 'vcsc1', address1: '300.1.1.1', Nothing: 'x' }, 'admin')
    expect(refused).toMatchObject({
      ok: false,
      problems: [
        { page: 'System > DNS', field: 'Address 1', says: '"300.1.1.1" is no IPv4 address' },
        { page: 'System > DNS', field: 'Nothing', says: 'is no field of this page' },
      ],
    })
    expect(configuration.storedValues(systemDns).hostName).toBe('')
    expect(configuration.records(10)).toEqual([])
  })

  it('refuses dependent settings before the mode is on', () => {
    const { configuration } = open()
    const domain = { 'Domain name': 'example.com', 'SIP registrations and provisioning on Unified CM': 'On' }
    expect(configuration.create(domains, domain, 'admin')).toMatchObject({
      ok: false,
      problems: [{ field: 'SIP registrations and provisioning on Unified CM' }],
    })
    expect(configuration.create(domains, { 'Domain name': 'other.com' }, 'admin').ok).toBe(true)
    configuration.save(unifiedCommunications, mode, 'admin')
    expect(configuration.create(domains, domain, 'admin').ok).toBe(true)
  })

  it('allows one IM and Presence domain only', () => {
    const { configuration } = open()
    configuration.save(unifiedCommunications, mode, 'admin')
    expect(configuration.create(domains, { name: 'a.com', imAndPresence: 'On' }, 'admin').ok).toBe(true)
    expect(configuration.create(domains, { name: 'b.com', imAndPresence: 'On' }, 'admin').ok).toBe(false)
  })

  it('tells a row by its key: names are unique, can be changed, rows can go', () => {
    const { path, store, configuration } = open()
    expect(configuration.create(systemTime, { Address: 'ntp1.example.com' }, 'admin').ok).toBe(true)
    expect(configuration.create(systemTime, { Address: 'ntp1.example.com' }, 'admin').ok).toBe(false)
    expect(configuration.update(systemTime, 'ntp1.example.com', { Address: 'ntp2.example.com' }, 'admin').ok).toBe(true)
    configuration.create(systemTime, { Address: '192.0.2.1' }, 'admin')
    expect(configuration.remove(systemTime, '192.0.2.1', 'admin').ok).toBe(true)
    expect(configuration.remove(systemTime, '192.0.2.1', 'admin').ok).toBe(false)
    store[Symbol.dispose]()
    expect(open(path).configuration.rows(systemTime)).toMatchObject([{ address: 'ntp2.example.com' }])
  })

  it('keeps a secret that is entered empty', () => {
    const { configuration } = open()
    const zone = { name: 'z', username: 'u', password: 'secret', peer1: 'vcse1.example.com' }
    expect(configuration.create(controlZones, zone, 'admin').ok).toBe(true)
    configuration.update(controlZones, 'z', { password: '', username: 'v' }, 'admin')
    expect(configuration.rows(controlZones)[0]).toMatchObject({ username: 'v', password: 'secret' })
  })

  it('asks for what is mandatory, but not for what another field hides', () => {
    const { configuration } = open()
    expect(configuration.create(systemTime, { Address: 'n', Authentication: 'Symmetric key' }, 'admin')).toMatchObject({
      ok: false,
      problems: [{ field: 'Pass phrase', says: 'is mandatory' }],
    })
    expect(configuration.create(systemTime, { Address: 'n' }, 'admin').ok).toBe(true)
  })

  it('refuses a reserved port', () => {
    const { configuration } = open()
    const zone = { name: 'z', username: 'u', password: 's', peer1: 'vcse1.example.com', port: 8883 }
    expect(configuration.create(controlZones, zone, 'admin')).toMatchObject({
      ok: false,
      problems: [{ field: 'Port' }],
    })
  })

  it('has fixed rows, which can be edited only', () => {
    const { path, store, configuration } = open()
    const category = 'HTTP proxy authorization failure'
    expect(configuration.update(automatedDetection, category, { Status: 'On' }, 'admin').ok).toBe(true)
    expect(configuration.remove(automatedDetection, category, 'admin').ok).toBe(false)
    expect(configuration.update(automatedDetection, category, { Category: 'Another' }, 'admin').ok).toBe(false)
    store[Symbol.dispose]()
    expect(open(path).configuration.rows(automatedDetection)[0]).toMatchObject({ status: 'On', triggerLevel: 5 })
  })

  it('lets names and DNS wait for a restart once services have run', () => {
    let isInService = false
    const { configuration } = open(newPath(), () => isInService)
    configuration.save(systemDns, { address1: '192.0.2.53' }, 'admin')
    expect(configuration.values(systemDns).address1).toBe('192.0.2.53')
    isInService = true
    expect(configuration.save(systemDns, { address1: '192.0.2.54' }, 'admin')).toMatchObject({ needsRestart: true })
    expect(configuration.values(systemDns).address1).toBe('192.0.2.53')
    expect(configuration.pending()).toEqual([{ page: 'System > DNS', row: '', field: 'Address 1' }])
    configuration.restarted()
    expect(configuration.values(systemDns).address1).toBe('192.0.2.54')
    expect(configuration.pending()).toEqual([])
  })
})
