import type { HostEnvironment } from '#runtime/host.ts'
import type { HttpRequest, HttpResponse, Listener } from '#runtime/network.ts'
import type { Cluster } from '../cluster.ts'
import { ports } from '../ports.ts'
import type { AccessLog } from './access-log.ts'
import { CcmAdministration } from '../administration/ccmadmin.ts'
import { axlOf } from './axl.ts'
import { ConfigurationFiles } from './files.ts'
import { findHome } from './home-cluster.ts'
import { tomcatError, tomcatHeaders } from './tomcat.ts'
import { Uds } from './uds.ts'

/** Tomcat on 8443 with UDS, AXL and the administration pages. It needs the host's certificate. */
export async function startTomcat(
  environment: HostEnvironment,
  cluster: Cluster,
  accessLog: AccessLog,
): Promise<Listener> {
  const { identity, network, random } = environment
  if (identity === undefined) throw new Error(`${environment.name}: Tomcat needs a certificate`)
  const log = environment.log.child('uds')
  const uds = new Uds({
    cluster,
    findHome: (query, isFromRemote) => findHome({ cluster, network, log }, query, isFromRemote),
    setPassword: (user, password) => setPassword(cluster, user.id, password),
  })
  const administration = new CcmAdministration(cluster, environment.log.child('ccmadmin'))
  const axl = axlOf(cluster, environment.clocks.wall)
  const route = async (request: HttpRequest): Promise<HttpResponse> => {
    const service = serviceOf(request.target)
    if (service === 'uds') return uds.answer(request)
    if (service === 'ccmadmin') return administration.answer(request)
    return service === 'axl' ? axl.answer(request) : tomcatError(404, 'The requested resource is not available')
  }
  const handler = async (request: HttpRequest): Promise<HttpResponse> => {
    const response = await route(request)
    return { ...response, headers: { ...tomcatHeaders(random), ...response.headers } }
  }
  return network.listenHttp({ port: ports.https, tls: { identity }, handler: accessLog.watch(handler, serviceOf) })
}

/** The configuration files on 6970, in clear. */
export function startFiles(environment: HostEnvironment, cluster: Cluster, accessLog: AccessLog): Promise<Listener> {
  const files = new ConfigurationFiles(cluster)
  const handler = accessLog.watch(
    (request) => files.answer(request),
    () => 'files',
  )
  return environment.network.listenHttp({ port: ports.files, handler })
}

/** Changes a user's password in the database; throws where there is no such user. */
export async function setPassword(cluster: Cluster, id: string, password: string): Promise<void> {
  const user = cluster.user(id)
  if (user === undefined) throw new Error(`there is no user ${id}`)
  await cluster.set(`users.${cluster.configuration.users.indexOf(user)}.password`, password)
}

function serviceOf(target: string): 'uds' | 'axl' | 'ccmadmin' | 'tomcat' {
  if (/^\/cucm-uds(?:[/?]|$)/.test(target)) return 'uds'
  if (/^\/ccmadmin(?:[/?]|$)/.test(target)) return 'ccmadmin'
  return /^\/axl(?:[/?]|$)/.test(target) ? 'axl' : 'tomcat'
}
