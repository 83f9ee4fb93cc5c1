import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { Lab } from '../lab.ts'
import type { EndpointProcesses } from '../roles/endpoints.ts'
import { openEndpointProcesses } from '../roles/endpoints.ts'
import { ApiRecording } from './api-recording.ts'
import { Snapshots } from './snapshots.ts'

const pkiFolder = fileURLToPath(new URL('../../.mra/pki', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'api-recording-'))
const run = promisify(execFile)
let endpoints: EndpointProcesses

beforeAll(() => {
  endpoints = openEndpointProcesses(['jabber'])
})

afterAll(async () => {
  await endpoints.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Everything configured on both VCSs, without secrets; addresses as if the lab had number 1. */
async function dumps(lab: Lab): Promise<Record<string, unknown>> {
  const dumped: Record<string, unknown> = {}
  for (const name of ['vcsc1', 'vcse1']) {
    await using administrator = lab.administrator(name)
    dumped[name] = await administrator.call({ method: 'GET', path: '/api/configuration' })
  }
  return JSON.parse(JSON.stringify(dumped).replace(/\b127\.\d+\./g, '127.1.')) as Record<string, unknown>
}

interface RecordedRequest {
  readonly host: string
  readonly method: string
  readonly path: string
  readonly body: string
}

function readRecording(path: string): RecordedRequest[] {
  return readFileSync(path, 'utf8')
    .split(/^### /m)
    .slice(1)
    .map((text) => {
      const [head, body] = text.split('\n\n') as [string, string]
      const [, method, path] = /^(\S+) \{\{\w+\}\}(\S+)$/m.exec(head)!
      return { host: head.split('\n')[0]!, method: method!, path: path!, body }
    })
}

/** One request of the recording, made by curl against another lab. */
async function replay(lab: Lab, { host, method, path, body }: RecordedRequest): Promise<void> {
  const { url, username, password } = lab.describe().hosts[host]!.admin!
  const { stdout } = await run('curl', [
    ...['--silent', '--insecure', '--max-time', '20', '--output', '/dev/null', '--write-out', '%{http_code}'],
    ...['--user', `${username}:${password}`, '--request', method, '--header', 'Content-Type: application/json'],
    ...['--data-binary', body, `${url.replace(/\/$/, '')}${path}`],
  ])
  if (!stdout.startsWith('2')) throw new Error(`${method} ${path}: ${stdout}`)
  if (!path.endsWith('/restart')) return
  const boots = async () => (await lab.host(host).management.call<{ boots: number }>('state')).boots
  await waitFor(`${host} to restart`, async () => (await boots()) > 1, { limitMs: 20_000 })
}

describe('the configuration of both VCSs', () => {
  it('is the same from a snapshot and from a replay of all calls', async () => {
    const snapshots = new Snapshots()
    const start = () => Lab.start({ seed: 1, endpoints, pkiFolder, snapshots, traceLevel: 'off' })
    const calls: string[] = []
    const onApiCall = (host: string) => void calls.push(host)
    const first = await Lab.start({ seed: 1, endpoints, pkiFolder, snapshots, traceLevel: 'off', onApiCall })
    const configured = await dumps(first).finally(() => first.stop())
    expect(calls.length).toBeGreaterThan(10)
    const second = await start()
    expect(await dumps(second).finally(() => second.stop())).toEqual(configured)
  })

  it('comes from a recording that curl replays on empty VCSs', async () => {
    const path = join(folder, 'api.http')
    const recording = new ApiRecording(path)
    const recorded = await Lab.start({
      seed: 1,
      endpoints,
      pkiFolder,
      traceLevel: 'off',
      onApiCall: (host, call) => recording.add(host, call),
    })
    recording.write(recorded)
    const configured = await dumps(recorded).finally(() => recorded.stop())
    await using empty = await Lab.start({ seed: 1, endpoints, pkiFolder, traceLevel: 'off', emptyVcs: true })
    expect(await dumps(empty)).not.toEqual(configured)
    for (const request of readRecording(path)) await replay(empty, request)
    expect(await dumps(empty)).toEqual(configured)
  })
})
