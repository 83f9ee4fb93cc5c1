import type { Random } from '#runtime/random.ts'
import type { HostNetwork } from '#runtime/network.ts'
import { domainInSubjectAltName } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { CookieJar } from '#simulators/protocol/endpoint/cookie-jar.ts'
import type { DeviceFile } from '#simulators/protocol/endpoint/device-file.ts'
import { readDeviceFile } from '#simulators/protocol/endpoint/device-file.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import type { EdgeSignInResult } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import { fetchEdgeConfiguration } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import { EdgeServers } from '#simulators/protocol/endpoint/edge-servers.ts'
import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { directAccess, edgeAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { firstAnswering } from '#simulators/protocol/endpoint/first-answering.ts'
import type { SignInStages } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import { stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { UserDataServices } from '#simulators/protocol/endpoint/user-data-services.ts'
import { findHomeCluster, listDevices } from '#simulators/protocol/endpoint/user-data-services.ts'
import type { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import type { TcUser } from './configuration.ts'

export interface Provisioning {
  readonly network: HostNetwork
  readonly web: WebClient
  readonly jar: CookieJar
  readonly user: TcUser
  readonly password: string
  /** For the order of equals. */
  readonly random: Random
}

/** What provisioning through the edge brought. */
export interface Provisioned {
  /** Edges to ask for their configuration. */
  targets?: readonly ServerAddress[]
  /** Empty with mode `cucm`. */
  readonly edgeServers: EdgeServers
  edge?: EdgeSignInResult
  access?: ServiceAccess
  node?: string
  /** Unified CM nodes that have the files, in the order to try. */
  tftpServers?: readonly string[]
  file?: DeviceFile
}

export const stageNames = [
  'external-manager',
  'edge-config',
  'home-cluster',
  'user-devices',
  'configuration-files',
  'register',
]

export const userAgent = 'Cisco/TC'

/** From the address of the edge to the device file; every step through the edge, or none with mode `cucm`. */
export async function provision(context: Provisioning, stages: SignInStages): Promise<Provisioned> {
  const found: Provisioned = { edgeServers: new EdgeServers(context.random) }
  if (context.user.provisioningMode === 'cucm') {
    await provisionInside(context, stages, found)
    return found
  }
  const targets = await stages.run('external-manager', () => edgeAddresses(context))
  if (targets === undefined) stages.skip('edge-config', 'no edge is known')
  else await askEdge(context, stages, found, targets)
  const uds = await findHome(context, stages, found)
  if (uds === undefined) stages.skip('user-devices', 'no home cluster')
  else await stages.run('user-devices', () => checkDevice(uds, context.user.device))
  await readFile(context, stages, found)
  return found
}

export function authorizationOf({ user, password }: Pick<Provisioning, 'user' | 'password'>): string {
  return `Basic ${Buffer.from(`${user.id}:${password}`).toString('base64')}`
}

/** Mode `cucm`: straight to the Unified CM that is the external manager, as in the office. */
async function provisionInside(context: Provisioning, stages: SignInStages, found: Provisioned): Promise<void> {
  const { externalManager } = context.user
  for (const name of ['edge-config', 'home-cluster', 'user-devices']) stages.skip(name, 'mode Cisco UCM')
  await stages.run('external-manager', async () => {
    if (externalManager === undefined) throw stageFailed('NO_EXTERNAL_MANAGER', 'no address of Unified CM is set')
    found.access = directAccess(context.web, userAgent)
    found.node = externalManager
    found.tftpServers = [externalManager]
    return { result: true, detail: externalManager }
  })
  await readFile(context, stages, found)
}

async function edgeAddresses({ network, user }: Provisioning): Promise<{ result: ServerAddress[]; detail: string }> {
  const { externalManager, domain } = user
  const targets =
    externalManager === undefined
      ? (await network.resolver.services(`_collab-edge._tls.${domain}`)).map(({ name, port }) => ({ host: name, port }))
      : [{ host: externalManager, port: 8443 }]
  if (targets.length === 0) throw stageFailed('FAILED_NO_SRV_RECORDS_FOUND', `no _collab-edge record in ${domain}`)
  return { result: targets, detail: targets.map(({ host, port }) => `${host}:${port}`).join(', ') }
}

async function askEdge(
  context: Provisioning,
  stages: SignInStages,
  found: Provisioned,
  targets: readonly ServerAddress[],
): Promise<void> {
  const { web, jar, user } = context
  found.targets = targets
  const edge = await stages.run('edge-config', async () => {
    const result = await askEdgeConfiguration(context, targets)
    return { result, detail: `200 by ${result.server.host}:${result.server.port}` }
  })
  if (edge === undefined) return
  found.edge = edge
  found.edgeServers.offer(edge)
  const { http } = found.edgeServers
  found.access = edgeAccess({ web, jar, domain: user.domain, servers: http, nameCheck: nameCheckOf(user), userAgent })
}

/** get_edge_config in TC's form; also again, where a connection was lost. */
export function askEdgeConfiguration(
  context: Provisioning,
  targets: readonly ServerAddress[],
): Promise<EdgeSignInResult> {
  const { web, jar, user } = context
  const headers = {
    authorization: authorizationOf(context),
    accept: 'text/xml',
    'accept-charset': 'ISO-8859-1,utf-8',
    'content-type': 'application/x-www-form-urlencoded',
  }
  const resource = 'get_edge_config/'
  const signIn = { web, jar, domain: user.domain, userAgent, resource, headers, nameCheck: nameCheckOf(user) }
  return fetchEdgeConfiguration(signIn, targets)
}

function nameCheckOf({ domain }: TcUser) {
  return () => domainInSubjectAltName(domain)
}

async function findHome(
  context: Provisioning,
  stages: SignInStages,
  found: Provisioned,
): Promise<UserDataServices | undefined> {
  const { access, edge } = found
  if (access === undefined || edge === undefined) {
    stages.skip('home-cluster', 'no edge configuration')
    return undefined
  }
  return stages.run('home-cluster', async () => {
    const { userUdsServers } = edge.configuration
    // The endpoint's own log has the misspelling.
    if (userUdsServers.length === 0) throw stageFailed('NO_UDS_SERVER', 'XML didnt contain UDS server addres')
    const authorization = authorizationOf(context)
    const { any, home } = await firstAnswering(userUdsServers, async ({ host, port }) => {
      const any: UserDataServices = { access, node: `${host}:${port}`, userId: context.user.id, authorization }
      return { any, home: await findHomeCluster(any) }
    })
    found.node = home.node
    found.tftpServers = [...new Set([home.node, ...edge.configuration.tftpServers])]
    return { result: { ...any, node: `${home.node}:8443` }, detail: home.node }
  })
}

async function checkDevice(uds: UserDataServices, device: string): Promise<{ result: true; detail: string }> {
  const names = (await listDevices(uds)).map(({ name }) => name)
  if (!names.includes(device))
    throw stageFailed('NO_DEVICE_FOUND', `${device} is not among ${names.join(', ') || 'none'}`)
  return { result: true, detail: `devices ${names.join(', ')}` }
}

/** The file from the first TFTP server that answers. */
async function readFile({ user }: Provisioning, stages: SignInStages, found: Provisioned): Promise<void> {
  const { access, tftpServers } = found
  if (access === undefined || tftpServers === undefined) return stages.skip('configuration-files', 'no home cluster')
  const file = await stages.run('configuration-files', () =>
    firstAnswering(
      tftpServers.map((host) => ({ host, port: 6970 })),
      async ({ host, port }) => {
        const url = `http://${host}:${port}/${user.device}.cnf.xml`
        const answer = await access.fetch(url).catch((error: Error) => {
          throw stageFailed('FAILED_DEVICE_CONFIG', `${url}: ${error.message}`, 0)
        })
        if (answer.status !== 200) throw stageFailed('FAILED_DEVICE_CONFIG', `${url}: ${answer.reason}`, answer.status)
        return { result: readDeviceFile(answer.body.toString('utf8')), detail: `${user.device}.cnf.xml 200` }
      },
    ),
  )
  if (file !== undefined) found.file = file
}
