import { childAt, childrenNamed, parseXml, textAt } from './xml.ts'
import type { Element } from './xml.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** The answer to get_edge_config (wire facts §2.4). */
export interface EdgeConfiguration {
  /** Services asked for by name: their servers, or the resolver's error, for example NameError. */
  readonly services: Readonly<Record<string, { readonly servers: readonly ServerAddress[]; readonly error?: string }>>
  readonly tftpServers: readonly string[]
  readonly sipEdgeServers: readonly ServerAddress[]
  /** Route to put into every request that begins a dialog or registration, verbatim. */
  readonly sipRoute: string | undefined
  readonly xmppEdgeServers: readonly ServerAddress[]
  readonly httpEdgeServers: readonly ServerAddress[]
  readonly userUdsServers: readonly ServerAddress[]
}

/** Throws where the document is not well formed or is something else. */
export function readEdgeConfiguration(document: string): EdgeConfiguration {
  const root = parseXml(document)
  if (root.getName() !== 'getEdgeConfigResponse') throw new Error(`get_edge_config answered <${root.getName()}>`)
  const services = childrenNamed(childAt(root, 'serviceConfig'), 'service')
  const edge = childAt(root, 'edgeConfig')
  const tftp = services.find((service) => textAt(service, 'name') === 'tftpServer')
  return {
    services: Object.fromEntries(services.map((service) => [textAt(service, 'name') ?? '', readService(service)])),
    tftpServers: childrenNamed(tftp, 'address').flatMap((address) => address.getText().trim() || []),
    sipEdgeServers: edgeServers(edge, 'sipEdgeServer'),
    sipRoute: textAt(edge, 'sipRequest', 'route'),
    xmppEdgeServers: edgeServers(edge, 'xmppEdgeServer'),
    httpEdgeServers: edgeServers(edge, 'httpEdgeServer'),
    userUdsServers: edgeServers(edge, 'userUdsServer'),
  }
}

function readService(service: Element) {
  const error = textAt(service, 'error')
  const servers = childrenNamed(service, 'server').flatMap((server) => {
    const host = textAt(server, 'address')
    return host === undefined ? [] : [{ host, port: Number(textAt(server, 'port')), order: orderOf(server) }]
  })
  servers.sort((one, other) => one.order - other.order)
  return {
    servers: servers.map(({ host, port }) => ({ host, port })),
    ...(error === undefined ? {} : { error }),
  }
}

/** Lowest priority first, among equals the heavier one. */
function orderOf(server: Element): number {
  return Number(textAt(server, 'priority') ?? 0) * 65_536 - Number(textAt(server, 'weight') ?? 0)
}

function edgeServers(edge: Element | undefined, name: string): ServerAddress[] {
  return childrenNamed(edge, name).flatMap((group) =>
    childrenNamed(group, 'server').flatMap((server) => {
      const host = textAt(server, 'address')
      return host === undefined ? [] : [{ host, port: Number(textAt(server, 'tlsPort')) }]
    }),
  )
}
