import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import type { Cluster } from '../cluster.ts'
import { ports } from '../ports.ts'
import type { CapfAuthority } from './certificate-authority.ts'
import { makeCapfAuthority } from './certificate-authority.ts'

export interface CapfRecord {
  readonly at: string
  readonly source: string
  readonly device: string
  readonly answer: string
}

/** The Cisco Certificate Authority Proxy Function service while it runs. */
export interface Capf extends Service {
  /** Of its authority, PEM: what whoever verifies the devices has to trust. */
  readonly certificate: string
  readonly history: readonly CapfRecord[]
}

/**
 * CAPF on 3804. The protocol of the product is not public; ours is TLS with one line of JSON each way:
 * `{"device":"SEP…","request":"<PKCS#10 PEM>"}` is answered `{"certificate":"<PEM>"}` or `{"refused":"<why>"}`.
 * A device is served once for each Install/Upgrade that its page orders (Device > Phone, Certificate Operation).
 */
export async function startCapf(environment: HostEnvironment, cluster: Cluster): Promise<Capf> {
  const { network, clocks, identity, random } = environment
  if (identity === undefined) throw new Error(`${environment.name}: CAPF needs a certificate`)
  const name = `CAPF-${random.hex(8)}`
  const authority = await makeCapfAuthority(name, clocks.wall.now(), () => random.hex(32))
  const history: CapfRecord[] = []
  const serve = async (line: string, connection: Connection) => {
    const { device, certificate, refused } = await enrol(cluster, authority, line, clocks.wall.now())
    const { address } = connection.remote
    const answer = refused ?? 'certificate issued'
    if (history.push({ at: clocks.wall.now().toISOString(), source: address, device, answer }) > mostRecords)
      history.shift()
    const text = JSON.stringify(refused === undefined ? { certificate } : { refused })
    connection.traceMessage('received', 'CAPF', `enrol ${device}`, line)
    connection.traceMessage('sent', 'CAPF', answer, text)
    connection.stream.end(`${text}\n`)
  }
  const listener = await network.listenTls({
    port: ports.capf,
    protocol: 'CAPF',
    tls: { identity },
    onConnection: (connection) => readLine(connection, environment, (line) => void serve(line, connection)),
  })
  return {
    name: listener.name,
    certificate: authority.certificate,
    history,
    stop: () => listener.stop(),
    [Symbol.asyncDispose]: () => listener.stop(),
  }
}

async function enrol(
  cluster: Cluster,
  authority: CapfAuthority,
  line: string,
  now: Date,
): Promise<{ device: string; certificate?: string; refused?: string }> {
  const { device, request } = readQuestion(line)
  const known = cluster.device(device)
  if (known === undefined) return { device, refused: 'there is no such device' }
  if (known.certificateOperation !== 'Install/Upgrade') return { device, refused: 'no operation is pending' }
  try {
    const certificate = authority.sign(request, known.name, now)
    const index = cluster.configuration.devices.indexOf(known)
    await cluster.set(`devices.${index}.certificateOperation`, 'No Pending Operation')
    return { device, certificate }
  } catch (error) {
    return { device, refused: (error as Error).message }
  }
}

function readQuestion(line: string): { device: string; request: string } {
  try {
    const { device, request } = JSON.parse(line) as { device?: unknown; request?: unknown }
    return { device: String(device).slice(0, longestName), request: String(request) }
  } catch {
    return { device: '', request: '' }
  }
}

function readLine(connection: Connection, { clocks }: HostEnvironment, onLine: (line: string) => void): void {
  const limit = clocks.monotonic.after(questionMs, connection.destroy)
  let text = ''
  connection.stream.once('close', () => limit.cancel())
  connection.stream.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\n')
    if (end === -1 && text.length <= longestQuestion) return
    connection.stream.removeAllListeners('data')
    connection.stream.resume()
    if (end === -1) connection.destroy()
    else onLine(text.slice(0, end))
  })
}

const longestName = 64
const longestQuestion = 16_384
const questionMs = 10_000
const mostRecords = 1_000
