import type { Element } from './xml.ts'
import { childAt, childrenNamed, findElement, parseXml, textAt } from './xml.ts'

/** A Certificate Authority Proxy Function. */
export interface CapfServer {
  readonly host: string
  readonly port: number
}

/** What a SIP endpoint reads from its `<device>.cnf.xml` (wire facts §5.2). */
export interface DeviceFile {
  /** Unified CM nodes by priority. */
  readonly nodes: ReadonlyArray<{ readonly name: string; readonly sipPort: number; readonly securedSipPort: number }>
  readonly lines: ReadonlyArray<{ readonly number: string; readonly displayName: string; readonly contact: string }>
  /** 1 none, 2 authenticated, 3 encrypted. */
  readonly securityMode: number
  /** 1 TCP, 2 UDP, 3 TLS. */
  readonly transport: number
  /** Of the Date/Time Group, by name or address. */
  readonly ntpServers: readonly string[]
  /** Where to get a client certificate; undefined: nothing was ordered. */
  readonly capf: CapfServer | undefined
}

/** Throws where the document is not well formed or names no node or line. */
export function readDeviceFile(document: string): DeviceFile {
  const device = parseXml(document)
  const members = childrenNamed(childAt(device, 'devicePool', 'callManagerGroup', 'members'), 'member')
  const nodes = [...members]
    .sort((one, other) => Number(one.attrs['priority'] ?? 0) - Number(other.attrs['priority'] ?? 0))
    .flatMap((member) => {
      const callManager = childAt(member, 'callManager')
      const name = textAt(callManager, 'processNodeName') ?? textAt(callManager, 'name')
      const port = (element: string, usual: number) => Number(textAt(callManager, 'ports', element) ?? usual)
      if (name === undefined) return []
      return [{ name, sipPort: port('sipPort', 5060), securedSipPort: port('securedSipPort', 5061) }]
    })
  const lines = childrenNamed(findElement(device, 'sipLines'), 'line').flatMap((line) => {
    const number = textAt(line, 'name')
    if (number === undefined) return []
    return [{ number, displayName: textAt(line, 'displayName') ?? number, contact: textAt(line, 'contact') ?? '' }]
  })
  if (nodes.length === 0 || lines.length === 0) throw new Error('the device file names no Unified CM node or no line')
  return {
    nodes,
    lines,
    securityMode: Number(textAt(device, 'deviceSecurityMode') ?? 1),
    transport: Number(textAt(device, 'transportLayerProtocol') ?? 1),
    capf: capfServer(childAt(device, 'capfList', 'capf')),
    ntpServers: childrenNamed(childAt(device, 'devicePool', 'dateTimeSetting', 'ntps'), 'ntp').flatMap(
      (ntp) => textAt(ntp, 'name') ?? [],
    ),
  }
}

function capfServer(capf: Element | undefined): CapfServer | undefined {
  const host = textAt(capf, 'processNodeName')
  return host === undefined ? undefined : { host, port: Number(textAt(capf, 'phonePort') ?? 3804) }
}
