import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '#runtime/configuration.ts'
import { Cluster } from './cluster.ts'
import { readUnifiedCmConfiguration } from './configuration.ts'

const least = { nodeName: 'cucm1', fqdn: 'cucm1.example.com', users: [] }
const alice = { id: 'alice', password: 'p', displayName: 'Alice' }

function problemsOf(action: () => unknown): readonly { path: string; says: string }[] {
  try {
    action()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('configuration', () => {
  test('the least one has the defaults of the product and is frozen', () => {
    const configuration = readUnifiedCmConfiguration(least)
    expect(configuration.serviceParameters).toMatchObject({
      sipStationKeepaliveSeconds: 120,
      sipMaxIncomingMessageBytes: 11_000,
    })
    expect(configuration.regions).toEqual([{ name: 'Default', audioKbps: 64, videoCallKbps: 384 }])
    expect(configuration).toMatchObject({ ils: false, earlyOffer: true, clusterSecurityMode: 'non-secure' })
    expect(Object.isFrozen(configuration.serviceParameters)).toBe(true)
  })

  test.each<[string, object, string]>([
    ['an unknown key', { ...least, ilss: true }, 'ilss'],
    ['an unknown key deep inside', { ...least, services: { tomcat: true } }, 'services.tomcat'],
    ['a missing name', { ...least, fqdn: undefined }, 'fqdn'],
    ['a user id with a slash', { ...least, users: [{ ...alice, id: 'a/b' }] }, 'users.0.id'],
    ['a device nobody has', { ...least, users: [{ ...alice, devices: ['CSFX'] }] }, 'users.0'],
    ['a user twice', { ...least, users: [alice, { ...alice, id: 'ALICE' }] }, 'users.1'],
    [
      'a region that does not exist',
      { ...least, devices: [{ name: 'CSFA', model: 'x', line: '1', region: 'Far' }] },
      'devices.0',
    ],
    [
      'a device name too long',
      { ...least, devices: [{ name: 'CSFABCDEFGHIJKLM', model: 'x', line: '1' }] },
      'devices.0.name',
    ],
  ])('%s is a problem with its path', (_, document, path) => {
    expect(problemsOf(() => readUnifiedCmConfiguration(document)).map((problem) => problem.path)).toContain(path)
  })
})

describe('changing one field', () => {
  test('a good value is in force, a bad one changes nothing', async () => {
    const cluster = new Cluster(readUnifiedCmConfiguration(least))
    await cluster.set('regions.0.videoCallKbps', 6000)
    expect(cluster.configuration.regions[0]!.videoCallKbps).toBe(6000)
    await expect(cluster.set('regions.0.videoCallKbps', 'fast')).rejects.toThrow(/regions\.0\.videoCallKbps/)
    await expect(cluster.set('no.such.field', 1)).rejects.toThrow(ConfigurationError)
    await expect(cluster.set('regions.-1.name', 'x')).rejects.toThrow(ConfigurationError)
    expect(cluster.configuration.regions).toEqual([{ name: 'Default', audioKbps: 64, videoCallKbps: 6000 }])
  })
})
