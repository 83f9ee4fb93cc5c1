import type { X509Certificate } from 'node:crypto'
import { Client } from 'ssh2'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Endpoint } from '#runtime/network.ts'
import type { Lab } from '../lab.ts'
import type { Place } from '../topology/topology.ts'
import { standAt } from './bystander.ts'
import { certificateShown } from './certificate-shown.ts'

/** What became of something said to an open or closed port. */
export interface Reaction {
  readonly outcome: 'no connection' | 'closed' | 'answered' | 'silent'
  /** The first bytes of the answer as text. */
  readonly says: string
}

/** Somebody with a machine of their own at one place, who belongs to nothing in the deployment. */
export interface Visitor extends AsyncDisposable {
  /** Opens a TCP connection, says `text` (nothing where empty) and waits a moment for the reaction. */
  say(to: Endpoint, text: string): Promise<Reaction>
  /** Sends a datagram and waits a moment; what came back, undefined where nothing did. */
  ask(to: Endpoint, datagram: Buffer): Promise<Buffer | undefined>
  /** Tries a user name and password on an SSH server; whether that opened anything. */
  logIn(to: Endpoint, username: string, password: string): Promise<'let in' | 'refused'>
  /** The certificate a server shows in its TLS handshake, whoever signed it; on 5222 behind STARTTLS. */
  certificateAt(to: Endpoint): Promise<X509Certificate>
  /** The JSON status behind the administrator's login. */
  status(to: Endpoint, login: Login): Promise<StatusPage>
  /** A page behind a login as a browser asks for it, or, with a form, what comes back when it is sent. */
  page(to: Endpoint, login: Login, target: string, form?: Readonly<Record<string, string>>): Promise<WebPage>
}

export interface Login {
  readonly username: string
  readonly password: string
}

export interface WebPage {
  readonly status: number
  readonly text: string
}

export interface StatusPage {
  readonly status: number
  readonly page: Record<string, unknown>
}

/** Real time; listeners on the same machine react within a few milliseconds. */
const patienceMs = 150

export async function openVisitor(lab: Lab, place: Place): Promise<Visitor> {
  const { environment, host } = await standAt(lab, {
    name: 'visitor',
    address: lab.fabric.address(place, 250),
    folder: `visitor-${place}`,
  })
  return {
    say: (to, text) => say(environment, to, text),
    ask: (to, datagram) => ask(environment, to, datagram),
    logIn: (to, username, password) => logIn(environment, to, username, password),
    certificateAt: (to) => certificateShown(environment.network, to, lab.topology.domain),
    async status(to, login) {
      const { status, text } = await readPage(environment, to, login, { target: '/api/status' })
      return { status, page: status === 200 ? (JSON.parse(text) as Record<string, unknown>) : {} }
    },
    page: (to, login, target, form) => readPage(environment, to, login, { target, form }),
    [Symbol.asyncDispose]: () => host.stop(),
  }
}

async function say({ network, clocks }: HostEnvironment, to: Endpoint, text: string): Promise<Reaction> {
  let connection
  try {
    connection = await network.dialTcp({ to, protocol: 'TCP', timeoutMs: 1_000 })
  } catch (error) {
    return { outcome: 'no connection', says: (error as { code?: string }).code ?? (error as Error).message }
  }
  const { stream } = connection
  const { promise, resolve } = Promise.withResolvers<Reaction>()
  stream.once('data', (bytes: Buffer) => resolve({ outcome: 'answered', says: bytes.toString('latin1', 0, 80) }))
  stream.once('close', () => resolve({ outcome: 'closed', says: '' }))
  stream.on('error', () => resolve({ outcome: 'closed', says: '' }))
  const timer = clocks.monotonic.after(patienceMs, () => resolve({ outcome: 'silent', says: '' }))
  if (text !== '') stream.write(text)
  const reaction = await promise
  timer.cancel()
  connection.destroy()
  return reaction
}

async function ask({ network, clocks }: HostEnvironment, to: Endpoint, datagram: Buffer): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const port = await network.udp({ port: 0, protocol: 'UDP', onMessage: (answer) => resolve(answer) })
  const timer = clocks.monotonic.after(patienceMs, () => resolve(undefined))
  port.send(datagram, to.port, to.address)
  const answer = await promise
  timer.cancel()
  await port.close()
  return answer
}

async function logIn(
  { network }: HostEnvironment,
  to: Endpoint,
  username: string,
  password: string,
): Promise<'let in' | 'refused'> {
  const connection = await network.dialTcp({ to, protocol: 'SSH' })
  const client = new Client()
  const { promise, resolve } = Promise.withResolvers<'let in' | 'refused'>()
  client.once('ready', () => resolve('let in'))
  client.on('error', () => resolve('refused'))
  client.once('close', () => resolve('refused'))
  client.connect({ sock: connection.stream, username, password })
  const outcome = await promise
  client.destroy()
  return outcome
}

async function readPage(
  { network }: HostEnvironment,
  to: Endpoint,
  { username, password }: Login,
  { target, form }: { readonly target: string; readonly form?: Readonly<Record<string, string>> | undefined },
): Promise<WebPage> {
  const connect = () =>
    network.dialTls({ to, protocol: 'HTTPS', tls: { serverName: to.address, checkName: () => undefined } })
  await using client = network.httpClient(connect)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const headers = { host: `${to.address}:${to.port}`, authorization }
  const answer = await client.send(
    form === undefined
      ? { method: 'GET', target, headers }
      : {
          method: 'POST',
          target,
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form).toString(),
        },
  )
  return { status: answer.status, text: answer.body.toString() }
}
