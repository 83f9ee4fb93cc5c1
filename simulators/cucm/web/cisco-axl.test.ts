import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningCluster } from '../cluster.fixture.ts'
import { secondCluster, secureProfile, smallCluster, startTestCluster, testIdentity } from '../cluster.fixture.ts'

// The certificate of the tests holds this address, so that clients without our DNS can verify it.
const address = secondCluster
const run = promisify(execFile)

let cluster: RunningCluster
let folder: string
let ca: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mra-axl-'))
  ca = join(folder, 'ca.pem')
  writeFileSync(ca, testIdentity.cert)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Operations by the npm client cisco-axl with its schema 11.5, one after the other in one process. */
async function ciscoAxl(...operations: readonly (readonly [name: string, tags: object])[]): Promise<Outcome[]> {
  const program = join(import.meta.dirname, 'cisco-axl.fixture.mjs')
  const asked = [program, address, 'axl', 'axlpass', '11.5', JSON.stringify(operations)]
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca }
  const { stdout } = await run(process.execPath, asked, { env, timeout: 60_000 })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

interface Outcome {
  readonly result?: any
  readonly error?: string
}

/** curl, which knows nothing of SOAP: the request is written out. */
async function curl(
  operation: string,
  schema: string,
  headers: readonly string[] = [],
): Promise<{ status: number; body: string }> {
  const request = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/${schema}"><soapenv:Body>${operation}</soapenv:Body></soapenv:Envelope>`
  const options = [
    '--silent',
    '--cacert',
    ca,
    '--user',
    'axl:axlpass',
    '--write-out',
    '\n%{http_code}',
    '--data-binary',
    request,
  ]
  const all = ['Content-Type: text/xml', ...headers].flatMap((header) => ['--header', header])
  const { stdout } = await run('curl', [...options, ...all, `https://${address}:8443/axl/`], { timeout: 10_000 })
  const lines = stdout.split('\n')
  return { status: Number(lines.pop()), body: lines.join('\n') }
}

const everyNode = { searchCriteria: { name: '%' }, returnedTags: { name: '', processNodeRole: '' } }
const everyService = { searchCriteria: { processNodeName: '%' }, returnedTags: { processNodeName: '', service: '' } }

describe('release 11.5', () => {
  beforeAll(
    async () =>
      void (cluster = await startTestCluster(address, {
        ...smallCluster,
        release: '11.5',
        phoneSecurityProfiles: [secureProfile],
      })),
  )
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('cisco-axl reads nodes, version, CallManager, services and the database, and is told a fault', async () => {
    const sql = 'select name from securityprofile where tkdeviceprotocol=11 and tkdevicesecuritymode=3'
    const [nodes, version, callManager, services, profiles, gone] = await ciscoAxl(
      ['listProcessNode', everyNode],
      ['getCCMVersion', {}],
      ['getCallManager', { name: 'CM_cucm1' }],
      ['listProcessNodeService', everyService],
      ['executeSQLQuery', { sql }],
      ['getCallManager', { name: 'CM_gone' }],
    )
    expect(nodes!.result.processNode).toMatchObject([
      { name: 'EnterpriseWideData' },
      { name: 'cucm1', processNodeRole: 'CUCM Voice/Video' },
    ])
    expect(version!.result.componentVersion.version).toBe('11.5.1.10000-6')
    expect(Number(callManager!.result.callManager.ports.sipPorts.sipPhoneSecurePort)).toBe(5061)
    expect(JSON.stringify(services!.result)).toContain('Cisco AXL Web Service')
    expect(JSON.stringify(profiles!.result)).toContain(secureProfile.name)
    expect(gone!.error).toContain('The specified CallManager was not found')
  }, 60_000)
})

describe('release 9.1', () => {
  beforeAll(async () => void (cluster = await startTestCluster(address, smallCluster)))
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('cisco-axl, which speaks 11.0 and later only, is told the versions there are', async () => {
    // The client keeps to itself what it was told.
    expect(await ciscoAxl(['listProcessNode', everyNode])).toMatchObject([{ error: '"No return results"' }])
    const answers = cluster.events.filter((event) => event.kind === 'message' && event.direction === 'sent')
    expect(answers.at(-1)).toMatchObject({ protocol: 'HTTP', summary: '599 Incorrect axl version' })
  }, 60_000)

  test('a SOAP call of 9.1 by curl', async () => {
    const action = 'SOAPAction: "CUCM:DB ver=9.1 listProcessNode"'
    const { status, body } = await curl(
      '<ns:listProcessNode sequence="1"><searchCriteria><name>%</name></searchCriteria></ns:listProcessNode>',
      '9.1',
      [action],
    )
    expect(status).toBe(200)
    expect(body).toContain('<ns:listProcessNodeResponse xmlns:ns="http://www.cisco.com/AXL/API/9.1" sequence="1">')
  })

  test.each([
    ['the namespace', '10.0', []],
    ['the SOAPAction', '9.1', ['SOAPAction: "CUCM:DB ver=10.5 listProcessNode"']],
  ])('599 with the supported versions where %s asks for a later schema', async (_, schema, headers) => {
    const { status, body } = await curl('<ns:listProcessNode/>', schema, headers)
    expect(status).toBe(599)
    expect(body).toContain('Incorrect axl version. Supported axl versions are 7.0, 7.1, 8.0, 8.5, 9.0 and 9.1')
  })

  test('the schema 1.0 is for getCCMVersion', async () => {
    expect((await curl('<ns:getCCMVersion/>', '1.0')).body).toContain('9.1.2.11900-12')
    expect((await curl('<ns:listProcessNode/>', '1.0')).status).toBe(599)
  })

  test('503 once its memory is used up, until the minute is over', async () => {
    const parameters = { page: 'System > Service Parameters', field: 'AXL Memory Allocation (KB per minute)', value: 1 }
    await cluster.management.call('set', parameters)
    const all = Array.from({ length: 8 }, () => curl('<ns:listProcessNodeService/>', '9.1'))
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(statuses).toContain(503)
    await cluster.management.call('advanceClock', { milliseconds: 60_000 })
    expect((await curl('<ns:getCCMVersion/>', '9.1')).status).toBe(200)
  })
})
