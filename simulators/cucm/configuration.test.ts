import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '#runtime/configuration.ts'
import { Cluster } from './cluster.ts'
import { secureProfile } from './cluster.fixture.ts'
import { readUnifiedCmConfiguration } from './configuration.ts'

const least = { nodeName: 'cucm1', fqdn: 'cucm1.example.com', users: [] }
const within = { of: 'Default', region: 'Default' }
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
    expect(configuration.servers).toMatchObject([{ name: 'cucm1', sipPhonePort: 5060, sipPhoneSecurePort: 5061 }])
    expect(configuration).toMatchObject({
      ils: false,
      earlyOffer: true,
      enterpriseParameters: { clusterSecurityMode: 0 },
    })
    expect(configuration).toMatchObject({ release: '9.1', version: '9.1.2.11900-12' })
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
      'a device pool that does not exist',
      { ...least, devices: [{ name: 'CSFA', model: 'x', line: '1', devicePool: 'Far' }] },
      'devices.0',
    ],
    [
      'a device pool in a region that does not exist',
      { ...least, devicePools: [{ devicePoolName: 'Default' }, { devicePoolName: 'Far', region: 'Far' }] },
      'devicePools.1',
    ],
    ['servers without this node', { ...least, servers: [{ name: 'x', fqdn: 'x.example.com' }] }, 'servers.0'],
    [
      'one port for SIP in clear and over TLS',
      { ...least, servers: [{ name: 'cucm1', fqdn: 'cucm1.example.com', sipPhonePort: 5061 }] },
      'servers.0',
    ],
    ['a pair of regions twice', { ...least, regionRelationships: [within, within] }, 'regionRelationships.1'],
    [
      'an encrypted phone security profile over TCP',
      { ...least, phoneSecurityProfiles: [{ ...secureProfile, transportType: 'TCP' }] },
      'phoneSecurityProfiles.0',
    ],
    ...['name', 'nonceValidityTime', 'transportType', 'authenticationMode', 'keySizeBits', 'sipPhonePort'].map(
      (starred): [string, object, string] => [
        `a phone security profile without ${starred}`,
        { ...least, phoneSecurityProfiles: [{ ...secureProfile, [starred]: undefined }] },
        `phoneSecurityProfiles.0.${starred}`,
      ],
    ),
    [
      'a trusted certificate that is none',
      { ...least, trustedCertificates: [{ certificatePurpose: 'CallManager-trust', certificate: 'x' }] },
      'trustedCertificates.0.certificate',
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
    await cluster.set('servers.0.sipPhonePort', 5070)
    expect(cluster.thisServer.sipPhonePort).toBe(5070)
    await expect(cluster.set('servers.0.sipPhonePort', 'many')).rejects.toThrow(/servers\.0\.sipPhonePort/)
    await expect(cluster.set('no.such.field', 1)).rejects.toThrow(ConfigurationError)
    await expect(cluster.set('servers.-1.name', 'x')).rejects.toThrow(ConfigurationError)
    expect(cluster.thisServer.sipPhonePort).toBe(5070)
  })
})

describe('bit rates of two devices', () => {
  const devices = ['CSFA', 'CSFB'].map((name, index) => ({
    name,
    model: 'x',
    line: String(index),
    devicePool: index === 0 ? 'Default' : 'Branch',
  }))
  const branch = {
    ...least,
    devices,
    devicePools: [{ devicePoolName: 'Default' }, { devicePoolName: 'Branch', region: 'Branch' }],
  }
  const branchPage = { of: 'Branch', region: 'Branch' }
  const rates = (relationships: object[], one: number, other: number) => {
    const cluster = new Cluster(readUnifiedCmConfiguration({ ...branch, regionRelationships: relationships }))
    const [a, b] = [cluster.configuration.devices[one]!, cluster.configuration.devices[other]!]
    return cluster.bitRates(a, b)
  }
  const generous = { maximumAudioBitRate: 'Wideband', maximumSessionBitRateForVideoCalls: 6000 }

  test('within a region its own relationship counts, else the product has 64 and 384', () => {
    expect(rates([branchPage], 0, 0)).toEqual({ audioKbps: 64, videoCallKbps: 384 })
    expect(rates([branchPage, { ...within, ...generous }], 0, 0)).toEqual({ audioKbps: 256, videoCallKbps: 6000 })
  })

  test('between two regions their relationship counts, from either side, whatever each allows within', () => {
    const both = [
      { ...within, ...generous },
      { of: 'Branch', region: 'Branch', ...generous },
    ]
    expect(rates(both, 0, 1).videoCallKbps).toBe(384)
    const between = [...both, { of: 'Branch', region: 'Default', ...generous }]
    expect([rates(between, 0, 1), rates(between, 1, 0)]).toMatchObject([
      { videoCallKbps: 6000 },
      { videoCallKbps: 6000 },
    ])
  })
})
