import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { readBasic } from '../protocol/http/basic-credentials.ts'
import { headerText } from '../protocol/http/forwarded-headers.ts'
import type { ControlHttpOptions } from './control-http-options.ts'
import {
  configurationServerName,
  methodNotAllowed,
  notFound,
  signInUnavailable,
  unauthorized,
} from './control-answers.ts'
import { answerText, requestText } from '../logging/http-message.ts'
import type { IssuedCookie } from './credential-cache.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { ExpresswayPeer, ServiceResult } from './edge-configuration.ts'
import { writeEdgeConfiguration } from './edge-configuration.ts'

/**
 * The Control's edge configuration server: signs a user in and tells the client where everything is. `rest` is the
 * path behind the domain. Only Basic credentials count here; a cookie of an earlier sign-in is not looked at.
 */
export async function answerEdgeConfiguration(
  options: ControlHttpOptions,
  request: HttpRequest,
  edge: AskedEdge,
): Promise<HttpResponse> {
  const log = options.environment.log.child('developer.edgeconfigprovisioning.server', { Domain: edge.domain })
  if (log.isDebugWanted) log.debug('Request for edge configuration', { HTTPMSG: requestText(request) })
  const response = await decideEdgeConfiguration(options, request, edge)
  if (log.isDebugWanted) {
    log.debug('Sending edge configuration response', { HTTPMSG: answerText(response, { hasBody: true }) })
  }
  return response
}

interface AskedEdge {
  readonly domain: string
  /** Path behind the domain. */
  readonly rest: string
}

async function decideEdgeConfiguration(
  options: ControlHttpOptions,
  request: HttpRequest,
  edge: AskedEdge,
): Promise<HttpResponse> {
  if (!/^\/get_edge_config\/?(\?|$)/.test(edge.rest)) return notFound()
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed()
  const pair = readBasic(headerText(request.headers['authorization']))
  if (pair === undefined) return unauthorized()
  const verdict = await options.signIns.verify(pair.user, pair.password)
  if (verdict === 'unavailable') return signInUnavailable()
  if (verdict === 'refused') return unauthorized()
  const body = await configurationFor(options, pair.user, edge)
  const device = headerText(request.headers['user-agent'])?.slice(0, longestDevice) ?? ''
  const cookie = await options.signIns.issueCookie(pair.user, { device, domain: edge.domain })
  return {
    status: 200,
    reason: 'OK',
    headers: {
      Server: configurationServerName,
      'Content-Type': 'text/xml',
      ...cookieHeader(cookie, options.configuration().expressways),
      Age: '0',
    },
    body,
  }
}

const longestDevice = 120
const serviceNames = ['_cisco-phone-tftp', '_cuplogin', '_cisco-uds']

async function configurationFor(
  { environment, configuration, nodes, homeOf }: ControlHttpOptions,
  user: string,
  { domain, rest }: AskedEdge,
): Promise<string> {
  const { domains, expressways } = configuration()
  const served = domains.find(({ name }) => name.toLowerCase() === domain)
  const home = homeOf(user)
  const isOfHome = ({ publisher }: DiscoveredNode) => home === undefined || publisher === home.publisher
  const unifiedCm = nodes().filter((node) => node.kind === 'unified-cm' && isOfHome(node))
  return writeEdgeConfiguration({
    services: await Promise.all(askedServices(rest).map((name) => lookUp(environment, name, domain))),
    tftpServers: unifiedCm.filter(({ runsTftp }) => runsTftp !== false).map(({ fqdn }) => fqdn),
    controlAddress: environment.address,
    expressways,
    hasSip: served?.sip === true,
    // Presence has one domain in a deployment, which need not be the e-mail domain that users type (guide, VCS
    // Expressway server certificate requirements).
    hasMessaging: served !== undefined && domains.some(({ imAndPresence }) => imAndPresence),
    userUdsServer: home?.fqdn,
  })
}

/** The services the client names, each once, in its order; all that there are where it names none. */
function askedServices(rest: string): string[] {
  const query = new URLSearchParams(rest.includes('?') ? rest.slice(rest.indexOf('?') + 1) : '')
  const asked = [...new Set(query.getAll('service_name'))].slice(0, mostServices)
  return asked.length === 0 ? serviceNames : asked
}

const mostServices = 8

/** Error names are those the client knows from the product: `NameError` where there is no such record. */
async function lookUp(
  { network }: ControlHttpOptions['environment'],
  name: string,
  domain: string,
): Promise<ServiceResult> {
  if (!serviceNames.includes(name)) return { name, error: 'NameError' }
  try {
    const servers = await network.resolver.services(`${name}._tcp.${domain}`)
    return servers.length === 0 ? { name, error: 'NameError' } : { name, servers }
  } catch {
    // The resolver asked in vain (NameNotResolved): the client hears it in the document.
    return { name, error: 'TimeoutError' }
  }
}

/** Five attributes in the order of the field samples of 2014; the domain is the Expressway's own. */
function cookieHeader({ value, expires }: IssuedCookie, [peer]: readonly ExpresswayPeer[]): Record<string, string> {
  const domain = peer === undefined ? '' : ` Domain=.${peer.domain};`
  return { 'Set-Cookie': `X-Auth=${value}; Expires=${expires.toUTCString()};${domain} Path=/; Secure` }
}
