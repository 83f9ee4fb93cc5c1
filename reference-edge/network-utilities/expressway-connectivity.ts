import type { HostEnvironment } from '#runtime/host.ts'
import { tryPort } from '#runtime/port-probe.ts'
import type { ConnectivityStage, ReportedState } from './connectivity-stage.ts'
import { failed, notRun, ok, reported, reportedZone } from './connectivity-stage.ts'

export interface ExpresswayConnectivityOptions {
  readonly environment: HostEnvironment
  /** What should listen: `{ name: 'Unified Communications HTTPS', address, port: 8443 }` … */
  readonly listeners: () => ReadonlyArray<{ readonly name: string; readonly address: string; readonly port: number }>
  /** The Controls of the zone; one that has not come where there is none. */
  readonly controls: () => readonly [ReportedControl, ...ReportedControl[]]
  /** Port the SRV records have to lead to. Default 8443. */
  readonly edgePort?: number
}

/** How a Control stands to this Expressway. */
export interface ReportedControl {
  /** FQDN, or the address it connects from; tells several apart. */
  readonly name?: string
  readonly zone: ReportedState & { readonly clockDifferenceSeconds?: number }
  /** What it said in its provisioning exchange; undefined: nothing yet. */
  readonly told: { readonly fqdn: string; readonly domains: readonly string[] } | undefined
  readonly tunnel: ReportedState
  /** Of its XCP link; undefined: no domain has IM and Presence. */
  readonly link: ReportedState | undefined
}

/**
 * Connectivity test of a VCS Expressway: it dials nobody inside, so it looks at its own listeners, at what the Control
 * has opened and told, and at its own SRV records as the DMZ sees them. Changes nothing.
 */
export async function testExpresswayConnectivity(options: ExpresswayConnectivityOptions): Promise<ConnectivityStage[]> {
  const controls = options.controls()
  const target = ({ name }: ReportedControl) => (controls.length === 1 ? 'VCS Control' : `VCS Control ${name ?? ''}`)
  const domains = new Set(controls.flatMap(({ told }) => told?.domains ?? []))
  return [
    ...(await Promise.all(options.listeners().map(testListener))),
    ...controls.map((control) => reportedZone(target(control), control.zone, zoneHint)),
    ...controls.map((control) => toldStage(target(control), control.told)),
    ...controls.map((control) => reported('SSH tunnel', target(control), control.tunnel, tunnelHint)),
    ...controls.flatMap((control) => linkStages(target(control), control.link)),
    ...(await Promise.all([...domains].map((domain) => testServiceRecord(options, domain)))),
    ...(controls.every(({ told }) => told === undefined)
      ? [notRun('SRV record', '_collab-edge._tls', 'the domains, which the Control tells')]
      : []),
  ]
}

const zoneHint = 'Check that the Control reaches this zone: firewall, certificates, user name and password'
const tunnelHint = 'Check that the Control reaches TCP port 2222 and that the traversal zone is active'

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

function toldStage(target: string, control: ReportedControl['told']): ConnectivityStage {
  const stage = 'Told by the Control'
  if (control === undefined) {
    return failed(stage, target, 'nothing yet', 'Check that Unified Communications mode is on on the Control')
  }
  const { fqdn, domains } = control
  if (domains.length > 0) return ok(stage, fqdn, `domains ${domains.join(', ')}`)
  return failed(stage, fqdn, 'no domain', 'Configure a domain for Unified Communications on the Control')
}

function linkStages(target: string, link: ReportedState | undefined): ConnectivityStage[] {
  if (link === undefined) return []
  return [reported('XCP link', target, link, 'Check that the Control reaches TCP port 7400')]
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
