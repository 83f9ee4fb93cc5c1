import type { X509Certificate } from 'node:crypto'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import { checkPeerName, identityUnacceptable, namesOf } from '../certificates/peer-name.ts'
import type { ConnectivityStage, ReportedState } from './connectivity-stage.ts'
import { failed, notRun, ok, reported, reportedZone } from './connectivity-stage.ts'

export interface ControlConnectivityOptions {
  readonly environment: HostEnvironment
  /** Of the traversal client zone for Unified Communications. */
  readonly zone: () => { readonly peer: string; readonly port: number }
  readonly zoneState: () => ReportedState & { readonly clockDifferenceSeconds?: number }
  readonly tunnelState: () => ReportedState
  /** Of the XCP link to the Expressway; undefined: no domain has IM and Presence. */
  readonly linkState: () => ReportedState | undefined
  /** Default 2222. */
  readonly tunnelPort?: number
  /** Default 7400. */
  readonly linkPort?: number
}

/**
 * Connectivity test of a VCS Control: what lies between it and the Expressway, in the order in which it is needed.
 * Changes nothing: its connections prove nothing to the other side and end after the handshake. Ends within 15 s.
 */
export async function testControlConnectivity(options: ControlConnectivityOptions): Promise<ConnectivityStage[]> {
  const { peer, port } = options.zone()
  const stages: ConnectivityStage[] = []
  const { stage, address } = await resolvePeer(options.environment, peer)
  stages.push(stage)
  stages.push(...(await testZone(options, address, peer, port)))
  stages.push(...(await testTunnel(options, address)))
  const link = options.linkState()
  if (link !== undefined) stages.push(...(await testLink(options, address, link)))
  return stages
}

async function resolvePeer(environment: HostEnvironment, peer: string) {
  const name = 'DNS of the traversal zone peer'
  try {
    const addresses = await environment.network.resolver.addresses(peer)
    return { stage: ok(name, peer, addresses.join(', ')), address: addresses[0] }
  } catch (error) {
    const hint = 'Check the Peer 1 address of the traversal zone and the DNS servers (System > DNS)'
    return { stage: failed(name, peer, (error as Error).message, hint), address: undefined }
  }
}

async function testZone(
  options: ControlConnectivityOptions,
  address: string | undefined,
  peer: string,
  port: number,
): Promise<ConnectivityStage[]> {
  const [tcp, tls] = [`TCP ${port}`, 'TLS handshake']
  const target = `${address ?? peer}:${port}`
  if (address === undefined) {
    return [notRun(tcp, target, 'an address'), notRun(tls, target, 'an address'), zoneStage(options)]
  }
  const connection = await connect(options.environment, address, port)
  if (connection instanceof Error) {
    const hint = `Check that the Expressway runs with this zone and that the firewall lets TCP port ${port} out`
    return [failed(tcp, target, connection.message, hint), notRun(tls, target, tcp), zoneStage(options)]
  }
  const handshake = await testHandshake(options.environment, connection, peer, tls)
  return [ok(tcp, target, 'connected'), handshake, zoneStage(options)]
}

function zoneStage({ zone, zoneState }: ControlConnectivityOptions): ConnectivityStage {
  const hint =
    'Check user name and password of the zone at both ends, and its TLS verify subject name on the Expressway'
  return reportedZone(zone().peer, zoneState(), hint)
}

/** Any certificate is taken, so that it can be shown; whether it is good is said. The connection is closed. */
async function testHandshake(
  environment: HostEnvironment,
  connection: Connection,
  peer: string,
  stage: string,
): Promise<ConnectivityStage> {
  const { network, identity, clocks } = environment
  const target = `${peer} at ${connection.remote.address}:${connection.remote.port}`
  try {
    const secure = await network.startTlsAsClient(connection, {
      serverName: peer,
      checkName: checkPeerName,
      acceptAny: true,
      ...(identity === undefined ? {} : { identity }),
    })
    const { tls } = secure
    const isClosed = await closesSoon(environment, secure)
    const facts = tls?.peerCertificate === undefined ? 'no certificate' : certificateFacts(tls.peerCertificate)
    if (tls?.isAuthorized !== true) {
      const hint = `Check that the certificate of the Expressway is signed by a trusted CA, valid at ${clocks.wall.now().toISOString()} and holds ${peer}`
      return failed(stage, target, `${problemText(tls?.problem)}; ${facts}`, hint)
    }
    if (isClosed) {
      const hint =
        "Check this VCS's own certificate (client authentication) and the TLS verify subject name on the Expressway"
      return failed(stage, target, `closed by the Expressway after the handshake; ${facts}`, hint)
    }
    return ok(stage, target, `${tls.protocol}; ${facts}`)
  } catch (error) {
    return failed(stage, target, (error as Error).message, 'Check the certificates of both VCSs')
  } finally {
    connection.destroy()
  }
}

function problemText(problem = 'not authorized'): string {
  return problem === 'ERR_TLS_CERT_ALTNAME_INVALID' ? identityUnacceptable : problem
}

function certificateFacts(certificate: X509Certificate): string {
  const names = [...new Set(namesOf(certificate))].slice(0, 10).join(', ')
  const issuer = certificate.issuer.replaceAll('\n', ', ')
  return `certificate for ${names}, issued by ${issuer}, valid until ${new Date(certificate.validTo).toISOString()}`
}

async function testTunnel(
  options: ControlConnectivityOptions,
  address: string | undefined,
): Promise<ConnectivityStage[]> {
  const port = options.tunnelPort ?? 2222
  const [tcp, tunnel] = [`TCP ${port} (SSH)`, 'SSH tunnel']
  const target = `${address ?? options.zone().peer}:${port}`
  const state = reported(
    tunnel,
    target,
    options.tunnelState(),
    'Check that the traversal zone is active and the host name of the Expressway has letters, digits and hyphens only',
  )
  if (address === undefined) return [notRun(tcp, target, 'an address'), state]
  const connection = await connect(options.environment, address, port)
  const hint = `Check that Unified Communications mode is on on the Expressway and that the firewall lets TCP port ${port} out`
  if (connection instanceof Error) return [failed(tcp, target, connection.message, hint), state]
  const greeting = await firstLine(options.environment, connection)
  connection.destroy()
  const isSsh = greeting?.startsWith('SSH-2.0-') === true
  return [isSsh ? ok(tcp, target, greeting) : failed(tcp, target, 'connected, but no SSH server answers', hint), state]
}

/** An active link is its own proof; one more connection would only stand in the log of the Expressway. */
async function testLink(
  options: ControlConnectivityOptions,
  address: string | undefined,
  link: ReportedState,
): Promise<ConnectivityStage[]> {
  const port = options.linkPort ?? 7400
  const [tcp, stage] = [`TCP ${port} (XCP)`, 'XCP link']
  const target = `${address ?? options.zone().peer}:${port}`
  const state = reported(stage, target, link, 'Check that IM and Presence servers are discovered on the Control')
  if (state.result === 'ok') return [ok(tcp, target, 'in use by the XCP link'), state]
  if (address === undefined) return [notRun(tcp, target, 'an address'), state]
  const connection = await connect(options.environment, address, port)
  if (connection instanceof Error) {
    return [failed(tcp, target, connection.message, `Check that the firewall lets TCP port ${port} out`), state]
  }
  connection.destroy()
  return [ok(tcp, target, 'connected'), state]
}

function connect({ network }: HostEnvironment, address: string, port: number): Promise<Connection | Error> {
  const dialled = network.dialTcp({ to: { address, port }, protocol: 'connectivity test', timeoutMs: dialMs })
  return dialled.catch((error: Error) => error)
}

/** TLS 1.3: a server that refuses the client's certificate says so after the client has finished. */
function closesSoon({ clocks }: HostEnvironment, { stream }: Connection): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clocks.monotonic.after(refusalMs, () => resolve(false))
    stream.on('error', () => {})
    stream.once('close', () => {
      timer.cancel()
      resolve(true)
    })
    stream.resume()
  })
}

function firstLine({ clocks }: HostEnvironment, { stream }: Connection): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const done = () => {
      timer.cancel()
      const [line] = text.split(/\r?\n/)
      resolve(text.includes('\n') ? line!.slice(0, 100).replace(/[^\x20-\x7e]/g, '.') : undefined)
    }
    const timer = clocks.monotonic.after(greetingMs, done)
    stream.on('error', () => {})
    stream.once('close', done)
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('\n') || text.length > 1_000) done()
    })
  })
}

/** Real time. */
const dialMs = 3_000
const refusalMs = 300
const greetingMs = 2_000
