import type { HostEnvironment } from '#runtime/host.ts'
import { tryPort } from '#runtime/port-probe.ts'
import type { ConnectivityStage, ReportedState } from './connectivity-stage.ts'
import { failed, notRun, ok, reported, reportedZone } from './connectivity-stage.ts'

export interface ExpresswayConnectivityOptions {
  readonly environment: HostEnvironment
  /** What should listen: `{ name: 'Unified Communications HTTPS', address, port: 8443 }` … */
  readonly listeners: () => ReadonlyArray<{ readonly name: string; readonly address: string; readonly port: number }>
  readonly zoneState: () => ReportedState & { readonly clockDifferenceSeconds?: number }
  /** What the Control said in its provisioning exchange; undefined: nothing yet. */
  readonly control: () => { readonly fqdn: string; readonly domains: readonly string[] } | undefined
  readonly tunnelState: () => ReportedState
  /** Of the XCP link of the Control; undefined: no domain has IM and Presence. */
  readonly linkState: () => ReportedState | undefined
  /** Port the SRV records have to lead to. Default 8443. */
  readonly edgePort?: number
}

/**
 * Connectivity test of a VCS Expressway: it dials nobody inside, so it looks at its own listeners, at what the Control
 * has opened and told, and at its own SRV records as the DMZ sees them. Changes nothing.
 */
export async function testExpresswayConnectivity(options: ExpresswayConnectivityOptions): Promise<ConnectivityStage[]> {
  const control = options.control()
  return [
    ...(await Promise.all(options.listeners().map(testListener))),
    reportedZone(
      'VCS Control',
      options.zoneState(),
      'Check that the Control reaches this zone: firewall, certificates, user name and password',
    ),
    toldStage(control),
    reported(
      'SSH tunnel',
      'VCS Control',
      options.tunnelState(),
      'Check that the Control reaches TCP port 2222 and that the traversal zone is active',
    ),
    ...linkStages(options.linkState()),
    ...(await Promise.all((control?.domains ?? []).map((domain) => testServiceRecord(options, domain)))),
    ...(control === undefined
      ? [notRun('SRV record', '_collab-edge._tls', 'the domains, which the Control tells')]
      : []),
  ]
}

/** A port that cannot be taken has somebody listening; nothing is sent to it. */
async function testListener(listener: { name: string; address: string; port: number }): Promise<ConnectivityStage> {
  const { name, address, port } = listener
  const target = `${address}:${port}`
  const found = await tryPort(address, port)
  if (found === 'EADDRINUSE') return ok(`Listener: ${name}`, target, 'listening')
  const says = found === 'free' ? 'nobody listens' : found
  const hint = 'Check that Unified Communications mode is Mobile and remote access, then restart the system'
  return failed(`Listener: ${name}`, target, says, hint)
}

function toldStage(control: ReturnType<ExpresswayConnectivityOptions['control']>): ConnectivityStage {
  const stage = 'Told by the Control'
  if (control === undefined) {
    return failed(stage, 'VCS Control', 'nothing yet', 'Check that Unified Communications mode is on on the Control')
  }
  const { fqdn, domains } = control
  if (domains.length > 0) return ok(stage, fqdn, `domains ${domains.join(', ')}`)
  return failed(stage, fqdn, 'no domain', 'Configure a domain for Unified Communications on the Control')
}

function linkStages(link: ReportedState | undefined): ConnectivityStage[] {
  if (link === undefined) return []
  return [reported('XCP link', 'VCS Control', link, 'Check that the Control reaches TCP port 7400')]
}

/** Public clients may be told something else: this is the DMZ's view. */
async function testServiceRecord(options: ExpresswayConnectivityOptions, domain: string): Promise<ConnectivityStage> {
  const { network, fqdn } = options.environment
  const stage = 'SRV record'
  const target = `_collab-edge._tls.${domain}`
  const port = options.edgePort ?? 8443
  const hint = `Public DNS must hold ${target} with ${fqdn} and port ${port}; this is the view from the DMZ`
  try {
    const records = await network.resolver.records(target, 'SRV')
    const found = records.flatMap((record) => (record.type === 'SRV' ? [record] : []))
    const says = found.map(({ name, port: to }) => `${name}:${to}`).join(', ')
    if (found.length === 0) return failed(stage, target, 'not found', hint)
    const isOurs = found.some((record) => record.name.toLowerCase() === fqdn.toLowerCase() && record.port === port)
    return isOurs ? ok(stage, target, says) : failed(stage, target, `${says}: not this Expressway`, hint)
  } catch (error) {
    return failed(stage, target, (error as Error).message, 'Check the DNS servers (System > DNS)')
  }
}
