import { edgeAccess, directAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { fetchEdgeConfiguration } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import type { EdgeSignIn } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import type { SignInStages } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import { StageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import { firstAnswering } from '#simulators/protocol/endpoint/first-answering.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { CookieJar } from '#simulators/protocol/endpoint/cookie-jar.ts'
import type { UserDataServices } from '#simulators/protocol/endpoint/user-data-services.ts'
import {
  findHomeCluster,
  listDevices,
  listServers,
  readUser,
} from '#simulators/protocol/endpoint/user-data-services.ts'
import type { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import type { HostNetwork } from '#runtime/network.ts'
import type { ImLogin } from './client-profile-agent.ts'
import { logInToIm } from './client-profile-agent.ts'
import type { JabberUser } from './configuration.ts'
import { fetchConfigurationFiles } from './configuration-files.ts'
import { announcementOf } from './platforms.ts'
import { discoverServices } from './service-discovery.ts'
import type { SignedIn } from './signed-in.ts'
import { askValidatedServices } from './validated-services.ts'
import { imServersOf } from './signed-in.ts'
import { isCloudCustomer, logInToCloud } from './webex-cloud.ts'

/** What the stages work with. */
export interface SignInContext {
  readonly network: HostNetwork
  readonly web: WebClient
  readonly jar: CookieJar
  readonly user: JabberUser
  /** Where the client keeps the configuration files that it fetched. */
  readonly keepFile: (url: string, body: Uint8Array) => void
}

export const stageNames = [
  'service-discovery',
  'edge-config',
  'home-cluster',
  'user-devices',
  'configuration-files',
  'im-login',
  'im-connect',
  'register',
] as const

/** Domain for the SRV lookups and towards the edge. */
export function edgeDomain(user: JabberUser): string {
  return user.voiceServicesDomain ?? user.domain
}

/** From DNS to the files; what follows, IM and phone, stands on what is found here. */
export async function findServices(context: SignInContext, stages: SignInStages, found: SignedIn): Promise<void> {
  await discover(context, stages, found)
  await askEdge(context, stages, found)
  await findHome(stages, found, context.user)
  await readUserAndDevices(stages, found, context.user)
  await readFiles(stages, found, context.keepFile)
}

/** The cloud is asked for the services domain, DNS for the voice services domain, both at once. */
async function discover({ network, web, user }: SignInContext, stages: SignInStages, found: SignedIn): Promise<void> {
  const discovered = await stages.run('service-discovery', async () => {
    const services = discoverServices(
      network.resolver,
      edgeDomain(user),
      user.excludedServices,
      user.dnssec ? (name) => askValidatedServices(network, name) : undefined,
    )
    const [cloud, asked] = await Promise.allSettled([isCloudCustomer(web, user), services])
    found.isCloudCustomer = cloud.status === 'fulfilled' && cloud.value
    if (asked.status === 'rejected') throw asked.reason
    const result = asked.value
    const targets = result.targets.map(({ name, port }) => `${name}:${port}`).join(', ')
    const messaging = found.isCloudCustomer ? `; ${user.domain} is in the WebEx cloud` : ''
    return { result, detail: `${result.place}, ${result.service}: ${targets}${messaging}` }
  })
  if (discovered !== undefined) found.discovered = discovered
}

async function askEdge(context: SignInContext, stages: SignInStages, found: SignedIn): Promise<void> {
  const { discovered } = found
  const { web, jar, user } = context
  if (discovered === undefined) return stages.skip('edge-config', 'no services were found')
  const targets = discovered.targets.map(({ name, port }) => ({ host: name, port }))
  if (discovered.place === 'inside') {
    found.access = directAccess(web, announcementOf(user).httpUserAgent)
    if (discovered.service === 'cisco-uds') found.udsCandidates = targets
    return stages.skip('edge-config', 'inside')
  }
  const domain = edgeDomain(user)
  const edge = await stages.run('edge-config', async () => {
    const result = await fetchEdgeConfiguration(edgeSignIn(context, found), targets)
    return { result, detail: `200 by ${result.server.host}:${result.server.port}` }
  })
  if (edge === undefined) return
  found.edge = edge
  found.edgeServers.offer(edge)
  found.access = edgeAccess({
    web,
    jar,
    domain,
    servers: found.edgeServers.http,
    nameCheck: ({ host }) => oneOfNames([host, domain]),
    userAgent: announcementOf(user).httpUserAgent,
  })
  const { services, userUdsServers } = edge.configuration
  const byService = services['_cisco-uds']?.servers ?? []
  found.udsCandidates = byService.length > 0 ? byService : userUdsServers
}

/**
 * get_edge_config in Jabber's form (wire facts §2.3). The certificate is for the SRV target or the services domain; a
 * client that validates with DNSSEC takes the target of a validated answer only.
 */
export function edgeSignIn(
  { web, jar, user }: Pick<SignInContext, 'web' | 'jar' | 'user'>,
  { authorization, discovered }: Pick<SignedIn, 'authorization' | 'discovered'>,
): EdgeSignIn {
  const domain = edgeDomain(user)
  const isTargetTrusted = discovered?.place !== 'outside' || discovered.isValidated !== false
  return {
    web,
    jar,
    domain,
    userAgent: announcementOf(user).httpUserAgent,
    resource: 'get_edge_config?service_name=_cisco-uds&service_name=_cuplogin',
    headers: { authorization },
    nameCheck: ({ host }) => oneOfNames(isTargetTrusted ? [host, domain] : [domain]),
  }
}

async function findHome(stages: SignInStages, found: SignedIn, user: JabberUser): Promise<void> {
  const { access, authorization } = found
  if (access === undefined) return stages.skip('home-cluster', 'no way to Unified CM')
  const uds = await stages.run('home-cluster', async () => {
    const asked = await firstAnswering(found.udsCandidates ?? [], async ({ host, port }) => {
      const any: UserDataServices = { access, node: `${host}:${port}`, userId: user.id, authorization }
      return { any, home: await findHomeCluster(any) }
    })
    const home = { ...asked.any, node: `${asked.home.node}:8443` }
    const servers = await listServers(home)
    found.udsNodes = [asked.home.node, ...servers.filter((server) => server !== asked.home.node)]
    return { result: home, detail: `${asked.home.node}, servers ${servers.join(', ')}` }
  })
  if (uds !== undefined) found.uds = uds
}

async function readUserAndDevices(stages: SignInStages, found: SignedIn, user: JabberUser): Promise<void> {
  const { uds } = found
  if (uds === undefined) return stages.skip('user-devices', 'no home cluster')
  const read = await stages.run('user-devices', async () => {
    const [record, devices] = await Promise.all([readUser(uds), listDevices(uds)])
    const names = devices.map(({ name }) => name)
    return { result: { record, devices }, detail: `${record.displayName}; devices ${names.join(', ') || 'none'}` }
  })
  if (read === undefined) return
  found.user = read.record
  found.devices = read.devices
  const own = read.devices.find(({ name }) =>
    user.device === undefined ? name.startsWith('CSF') : name === user.device,
  )
  if (own !== undefined) found.deviceName = own.name
}

async function readFiles(stages: SignInStages, found: SignedIn, keepFile: SignInContext['keepFile']): Promise<void> {
  const { access, uds, deviceName, user } = found
  if (access === undefined || uds === undefined || user === undefined) {
    return stages.skip('configuration-files', 'no user record')
  }
  if (deviceName === undefined) return stages.skip('configuration-files', 'the user has no such device')
  const files = await stages.run('configuration-files', async () => {
    const [host = ''] = uds.node.split(':')
    const result = await fetchConfigurationFiles({
      access,
      hosts: found.udsNodes ?? [host],
      deviceName,
      serviceProfileUrl: user.serviceProfileUrl,
      keepFile,
    })
    return { result, detail: result.detail }
  })
  if (files !== undefined) found.files = files
}

/** At the WebEx cloud for its customers, at IM and Presence otherwise. */
export async function logInToMessaging(
  { web, user }: Pick<SignInContext, 'web' | 'user'>,
  stages: SignInStages,
  found: SignedIn,
): Promise<void> {
  delete found.imLogin
  delete found.cloudLogin
  if (found.isCloudCustomer !== true) return logInToPresence(stages, found, user)
  const login = await stages.run('im-login', async () => {
    const result = await logInToCloud(web, user, user.webexPassword ?? found.password)
    return { result, detail: `WebEx cloud, ${result.xmppServer.host}` }
  })
  if (login !== undefined) found.cloudLogin = login
}

/** SOAP login and one-time password. */
async function logInToPresence(stages: SignInStages, found: SignedIn, user: JabberUser): Promise<void> {
  const { access, password } = found
  const servers = imServersOf(found)
  if (access === undefined || found.user === undefined) return stages.skip('im-login', 'no user record')
  if (!found.user.isImEnabled) return stages.skip('im-login', 'the user is not enabled for IM and Presence')
  if (servers.length === 0) return stages.skip('im-login', 'no IM and Presence server is known')
  const login = await stages.run('im-login', async () => {
    const { node, result } = await logInWhereServed(servers, (each) =>
      logInToIm({ access, node: `${each}:8443`, userId: user.id, password }),
    )
    found.imNode = node
    return { result, detail: `${node}, presence domain ${result.presenceDomain ?? user.domain}` }
  })
  if (login !== undefined) found.imLogin = login
}

/** A node that cannot be reached, or does not serve, is left for its backup; a refusal of the password is final. */
async function logInWhereServed(
  nodes: readonly string[],
  logIn: (node: string) => Promise<ImLogin>,
): Promise<{ node: string; result: ImLogin }> {
  let first: unknown
  for (const node of nodes) {
    try {
      return { node, result: await logIn(node) }
    } catch (error) {
      if (!(error instanceof StageFailed) || error.problem.token !== 'LERR_CUP_UNREACHABLE') throw error
      first ??= error
    }
  }
  throw first
}
