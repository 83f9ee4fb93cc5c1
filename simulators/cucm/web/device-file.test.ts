import { expect, test } from 'vitest'
import { Cluster } from '../cluster.ts'
import { secureProfile, smallCluster } from '../cluster.fixture.ts'
import { readUnifiedCmConfiguration } from '../configuration.ts'
import { deviceFile } from './device-file.ts'

/** A publisher and a subscriber, the chain to a public NTP server, and a secure profile for Alice's device. */
const twoNodes = {
  ...smallCluster,
  servers: [
    { name: 'cucm1', fqdn: 'cucm1.example.com' },
    { name: 'cucm2', fqdn: 'cucm2.example.com', sipPhonePort: 5070, sipPhoneSecurePort: 5071 },
  ],
  callManagerGroups: [{ name: 'Default', members: ['cucm2', 'cucm1'] }],
  phoneNtpReferences: [{ ipAddress: '0.pool.ntp.org' }],
  dateTimeGroups: [{ groupName: 'CMLocal' }, { groupName: 'Public', selectedPhoneNtpReferences: ['0.pool.ntp.org'] }],
  devicePools: [{ devicePoolName: 'Default', dateTimeGroup: 'Public' }],
  phoneSecurityProfiles: [secureProfile],
  devices: smallCluster.devices.map((device) => ({ ...device, securityProfile: secureProfile.name })),
}

const clusterOf = (document: object) => new Cluster(readUnifiedCmConfiguration(document))
const fileOf = (cluster: Cluster) => deviceFile(cluster, cluster.device('CSFALICE')!).text
const elements = (file: string, name: string) =>
  [...file.matchAll(new RegExp(`<${name}>([^<]*)<`, 'g'))].map(([, text]) => text)

test('the Cisco Unified CM Group gives the order of the nodes, each with its ports, at every node alike', () => {
  const atPublisher = fileOf(clusterOf(twoNodes))
  expect(elements(atPublisher, 'processNodeName')).toEqual(['cucm2.example.com', 'cucm1.example.com'])
  expect(elements(atPublisher, 'sipPort')).toEqual(['5070', '5060'])
  expect(elements(atPublisher, 'securedSipPort')).toEqual(['5071', '5061'])
  const atSubscriber = clusterOf({ ...twoNodes, nodeName: 'cucm2', fqdn: 'cucm2.example.com' })
  expect(elements(fileOf(atSubscriber), 'processNodeName')).toEqual(['cucm2.example.com', 'cucm1.example.com'])
  expect(atSubscriber.thisServer.sipPhonePort).toBe(5070)
})

test('a server that is configured by IP address is named by it', () => {
  const servers = [twoNodes.servers[0], { ...twoNodes.servers[1], name: '192.0.2.21' }]
  const callManagerGroups = [{ name: 'Default', members: ['192.0.2.21', 'cucm1'] }]
  const file = fileOf(clusterOf({ ...twoNodes, servers, callManagerGroups }))
  expect(elements(file, 'processNodeName')).toEqual(['192.0.2.21', 'cucm1.example.com'])
})

test.each([
  [
    'the Phone NTP Reference',
    { phoneNtpReferences: [], dateTimeGroups: [{ groupName: 'CMLocal' }, { groupName: 'Public' }] },
  ],
  ['its place in the Date/Time Group', { dateTimeGroups: [{ groupName: 'CMLocal' }, { groupName: 'Public' }] }],
  ['the Date/Time Group in the device pool', { devicePools: [{ devicePoolName: 'Default' }] }],
])('the NTP server is in the file; not without %s', (_, broken) => {
  expect(elements(fileOf(clusterOf(twoNodes)), 'name')).toContain('0.pool.ntp.org')
  expect(fileOf(clusterOf({ ...twoNodes, ...broken }))).not.toContain('pool.ntp.org')
})

test('a secure profile is in the file in mixed mode only', () => {
  const security = (file: string) =>
    ['deviceSecurityMode', 'transportLayerProtocol', 'voipControlPort'].map((name) => elements(file, name)[0])
  expect(security(fileOf(clusterOf(twoNodes)))).toEqual(['1', '1', '5060'])
  const mixed = clusterOf({ ...twoNodes, enterpriseParameters: { clusterSecurityMode: 1 } })
  expect(security(fileOf(mixed))).toEqual(['3', '3', '5061'])
})
