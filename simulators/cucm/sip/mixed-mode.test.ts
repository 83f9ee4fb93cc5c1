import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Connection } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, secureProfile, smallCluster, startTestCluster, testIdentity } from '../cluster.fixture.ts'
import { ScriptedDevice, sdp } from '../scripted-device.fixture.ts'

/** Holds a name that is no FQDN. */
const bareIdentity = selfSigned('jabber')
const callManagerIdentity = selfSigned('cucm1.example.com', 'cucm1')
const unified = '127.78.3.6'
const control = networkAt('127.78.3.61')

/** Mixed mode, Alice's device secure, the CallManager certificate another one than tomcat's. */
const mixed = {
  ...smallCluster,
  devices: smallCluster.devices.map((device) =>
    device.name === 'CSFALICE' ? { ...device, securityProfile: secureProfile.name } : device,
  ),
  enterpriseParameters: { clusterSecurityMode: 1 },
  phoneSecurityProfiles: [secureProfile],
  trustedCertificates: [testIdentity, bareIdentity].map(({ cert }, index) => ({
    certificatePurpose: 'CallManager-trust',
    description: `number ${index}`,
    certificate: cert,
  })),
  callManagerIdentity,
}

let cluster: RunningCluster
beforeEach(async () => void (cluster = await startTestCluster(unified, mixed)))
afterEach(() => cluster[Symbol.asyncDispose]())

const page = (menu: string, field: string, value: unknown, row?: string) =>
  cluster.management.call('set', { page: menu, field, value, ...(row === undefined ? {} : { row }) })

async function secureDevice(identity = testIdentity): Promise<ScriptedDevice> {
  const to = { address: unified, port: 5061 }
  const tls = { serverName: 'cucm1', trust: [callManagerIdentity.cert], identity }
  return ScriptedDevice.on(await control.dialTls({ to, protocol: 'SIP', tls }), { name: 'CSFALICE', line: '1001' })
}

const clearDevice = () => ScriptedDevice.connect(control, unified, { name: 'CSFALICE', line: '1001' })

async function refusal(device: ScriptedDevice): Promise<string | undefined> {
  device.register()
  return header(await device.response(403), 'Warning')
}

test('a device whose profile is in the certificate registers over TLS, not in clear', async () => {
  using secure = await secureDevice()
  expect(secure.connection.tls?.peerCertificate?.fingerprint256).not.toBe(undefined)
  secure.register()
  await secure.response(200)
  using clear = await clearDevice()
  expect(await refusal(clear)).toContain('transport do not fit')
})

test.each([
  ['is not in the certificate', 'other.secure.example.com', testIdentity],
  ['is no FQDN, though in the certificate', 'jabber', bareIdentity],
])('403 where the name of the profile %s', async (_, name, identity) => {
  await cluster.management.call('set', { path: 'devices.0.securityProfile', value: undefined })
  await page('System > Security > Phone Security Profile', 'Name', name)
  await cluster.management.call('set', { path: 'devices.0.securityProfile', value: name })
  using secure = await secureDevice(identity)
  expect(await refusal(secure)).toContain('InvalidX509NameInCertificate')
})

test('403 where SIP Phone Port of the profile is not where the device is reached', async () => {
  await page('System > Security > Phone Security Profile', 'SIP Phone Port', '5071', secureProfile.name)
  using secure = await secureDevice()
  expect(await refusal(secure)).toContain('SIP Phone Port is 5071')
})

test('without its CA in CallManager-trust the other side is not talked to', async () => {
  await cluster.management.call('deleteRow', {
    page: 'Security > Certificate Management',
    row: 'CallManager-trust number 0',
  })
  using secure = await secureDevice()
  await waitFor('the connection to close', () => secure.isClosed)
})

test('Cluster Security Mode 0: no TLS, and secure profiles count as non-secure', async () => {
  await page('System > Enterprise Parameters', 'Cluster Security Mode', '0')
  await expect(secureDevice()).rejects.toThrow(/ECONNREFUSED/)
  using clear = await clearDevice()
  clear.register()
  await clear.response(200)
})

test('the SIP phone ports move', async () => {
  await page('System > Cisco Unified CM', 'SIP Phone Port', 5070)
  await page('System > Cisco Unified CM', 'SIP Phone Secure Port', 5071)
  await expect(clearDevice()).rejects.toThrow(/ECONNREFUSED/)
  expect(await cluster.management.call('state')).toMatchObject({ sipPorts: expect.arrayContaining([5070, 5071]) })
  using moved = await ScriptedDevice.connect(control, unified, { name: 'SEP0000000000B0', line: '2001', port: 5070 })
  moved.register()
  await moved.response(200)
})

test('once the registration’s connection is gone Unified CM dials the device over TLS', async () => {
  using bob = await ScriptedDevice.connect(networkAt('127.78.3.62'), unified, { name: 'SEP0000000000B0', line: '2001' })
  bob.register()
  await bob.response(200)
  const secure = await secureDevice()
  secure.register()
  await secure.response(200)
  let dialled: Connection | undefined
  let received = ''
  const tls = { identity: testIdentity, trust: [callManagerIdentity.cert], requestClientCertificate: true }
  await using _listener = await control.listenTls({
    port: 5061,
    protocol: 'SIP',
    tls,
    onConnection: (connection) => {
      dialled = connection
      connection.stream.on('data', (chunk: Buffer) => (received += chunk.toString()))
    },
  })
  secure[Symbol.dispose]()
  await waitFor('the connection to close', () => secure.isClosed)
  await waitFor('the INVITE over TLS', async () => {
    if (dialled === undefined) bob.invite('1001', sdp(bob.address, 16384))
    return received.startsWith('INVITE sip:csfalice-uuid@127.78.3.61:5061;transport=tls')
  })
  expect(dialled!.tls).toMatchObject({ isAuthorized: true })
  expect(dialled!.tls!.peerCertificate!.subjectAltName).toContain('cucm1')
})

test('whoever answers there without the profile in his certificate gets nothing', async () => {
  using bob = await ScriptedDevice.connect(networkAt('127.78.3.62'), unified, { name: 'SEP0000000000B0', line: '2001' })
  bob.register()
  await bob.response(200)
  const secure = await secureDevice()
  secure.register()
  await secure.response(200)
  const stranger = selfSigned('stranger.example.com')
  await cluster.management.call('addRow', {
    page: 'Security > Certificate Management',
    values: { 'Certificate Purpose': 'CallManager-trust', Description: 'stranger', Certificate: stranger.cert },
  })
  const onConnection = (connection: Connection) => connection.stream.resume()
  await using _listener = await control.listenTls({
    port: 5061,
    protocol: 'SIP',
    tls: { identity: stranger },
    onConnection,
  })
  await waitFor('the connection to close', () => secure.isClosed)
  bob.invite('1001', sdp(bob.address, 16384))
  await bob.response(480)
})
