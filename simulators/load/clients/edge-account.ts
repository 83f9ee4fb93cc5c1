import type { HostNetwork } from '#runtime/network.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import { CookieJar } from '#simulators/protocol/endpoint/cookie-jar.ts'
import type { EdgeConfiguration, ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import { fetchEdgeConfiguration } from '#simulators/protocol/endpoint/edge-sign-in.ts'
import { inThisOrder } from '#simulators/protocol/endpoint/server-choice.ts'
import { edgeAccess } from '#simulators/protocol/endpoint/service-access.ts'
import {
  findHomeCluster,
  listDevices,
  listServers,
  readUser,
} from '#simulators/protocol/endpoint/user-data-services.ts'
import { WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import type { LoadUser } from '../configuration.ts'
import type { Measures } from '../measures.ts'
import { Stage } from '../measures.ts'

export interface EdgeAccountOptions {
  readonly network: HostNetwork
  readonly measures: Measures
  readonly domain: string
  readonly edge: ServerAddress
  readonly user: LoadUser
}

const userAgent = 'MRA-Load'

/** Reads the edge configuration with the user's password: from then on the Control can judge the user's digests. */
export async function readEdge(options: EdgeAccountOptions): Promise<EdgeConfiguration> {
  const web = new WebClient(options.network)
  try {
    return (await askEdge(options, web, new CookieJar(options.network.clocks.wall))).configuration
  } finally {
    await web.close()
  }
}

/** What a client does before it registers: edge configuration, home cluster, user, devices, the device's file. */
export async function signInWholly(options: EdgeAccountOptions): Promise<void> {
  const { network, measures, domain, user } = options
  const web = new WebClient(network)
  const jar = new CookieJar(network.clocks.wall)
  const act = async () => {
    const { server, configuration } = await askEdge(options, web, jar)
    const nameCheck = ({ host }: ServerAddress) => oneOfNames([host, domain])
    const access = edgeAccess({ web, jar, domain, servers: inThisOrder([server]), nameCheck, userAgent })
    const first = configuration.services['_cisco-uds']?.servers[0] ?? configuration.userUdsServers[0]
    if (first === undefined) throw new Error('no UDS server is known')
    const authorization = basic(user)
    const any = { access, node: `${first.host}:${first.port}`, userId: user.id, authorization }
    const home = { ...any, node: `${(await findHomeCluster(any)).node}:8443` }
    await listServers(home)
    await readUser(home)
    const devices = await listDevices(home)
    if (!devices.some(({ name }) => name === user.device)) throw new Error('the user has no such device')
    const [host] = home.node.split(':')
    const file = await access.fetch(`http://${host}:6970/${user.device}.cnf.xml`)
    if (file.status !== 200) throw new Error(`configuration file: ${file.status}`)
  }
  try {
    await measures.timed(Stage.signIn, act)
  } finally {
    await web.close()
  }
}

function askEdge({ measures, domain, edge, user }: EdgeAccountOptions, web: WebClient, jar: CookieJar) {
  const signIn = {
    web,
    jar,
    domain,
    userAgent,
    resource: 'get_edge_config?service_name=_cisco-uds&service_name=_cuplogin',
    headers: { authorization: basic(user) },
    nameCheck: ({ host }: ServerAddress) => oneOfNames([host, domain]),
  }
  return measures.timed(Stage.edgeConfiguration, () => fetchEdgeConfiguration(signIn, [edge]))
}

function basic({ id, password }: LoadUser): string {
  return `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`
}
