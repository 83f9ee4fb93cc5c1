import type { SrvTarget } from '#runtime/resolve.ts'
import type { XmlText } from '../protocol/xml/write.ts'
import { xml } from '../protocol/xml/write.ts'

/** An Expressway peer, as the provisioning exchange of its zone told. */
export interface ExpresswayPeer {
  readonly fqdn: string
  /** The peer's own DNS domain: the cookie's. */
  readonly domain: string
  /** Index of the traversal zone on the Expressway. */
  readonly zoneId: number
}

/** Outcome of one service lookup in the Control's own DNS. */
export type ServiceResult =
  { readonly name: string; readonly servers: readonly SrvTarget[] } | { readonly name: string; readonly error: string }

export interface EdgeConfiguration {
  readonly services: readonly ServiceResult[]
  /** Nodes of the user's home cluster that serve configuration files; of any cluster where the user has no home. */
  readonly tftpServers: readonly string[]
  /** This Control's address: clients put it into their Route. */
  readonly controlAddress: string
  readonly expressways: readonly ExpresswayPeer[]
  readonly hasSip: boolean
  readonly hasMessaging: boolean
  /** UDS server of the user's home cluster; undefined where the user has none. */
  readonly userUdsServer: string | undefined
}

/** The answer to get_edge_config: element names and order of the X8.1 field samples. */
export function writeEdgeConfiguration(edge: EdgeConfiguration): string {
  const peers = (port: number) => edge.expressways.map(({ fqdn }) => server(fqdn, port))
  const zoneIds = new Set(edge.expressways.map(({ zoneId }) => zoneId))
  const routes = [...zoneIds].map(
    (zoneId) => xml`<route>&lt;sip:${edge.controlAddress}:5061;transport=tls;zone-id=${zoneId};directed;lr&gt;</route>`,
  )
  const uds = edge.userUdsServer === undefined ? [] : [server(edge.userUdsServer, 8443)]
  const document = xml`<?xml version='1.0' encoding='UTF-8'?>
<getEdgeConfigResponse version="1.0"><serviceConfig>${edge.services.map(service)}${tftp(edge.tftpServers)}</serviceConfig><edgeConfig><sipEdgeServer>${edge.hasSip ? peers(5061) : []}</sipEdgeServer><sipRequest>${edge.hasSip ? routes : []}</sipRequest><xmppEdgeServer>${edge.hasMessaging ? peers(5222) : []}</xmppEdgeServer><httpEdgeServer>${peers(8443)}</httpEdgeServer><turnEdgeServer/><userUdsServer>${uds}</userUdsServer></edgeConfig></getEdgeConfigResponse>`
  return String(document)
}

function service(result: ServiceResult): XmlText {
  if ('error' in result) return xml`<service><name>${result.name}</name><error>${result.error}</error></service>`
  const servers = result.servers.map(
    ({ priority, weight, port, name }) =>
      xml`<server><priority>${priority}</priority><weight>${weight}</weight><port>${port}</port><address>${name}</address></server>`,
  )
  return xml`<service><name>${result.name}</name>${servers}</service>`
}

/** Two addresses, the second empty where there is one server. */
function tftp(servers: readonly string[]): XmlText {
  const [first = '', second = ''] = servers
  return xml`<service><name>tftpServer</name>${[first, second].map((name) => xml`<address>${name}</address>`)}</service>`
}

function server(name: string, port: number): XmlText {
  return xml`<server><address>${name}</address><tlsPort>${port}</tlsPort></server>`
}
