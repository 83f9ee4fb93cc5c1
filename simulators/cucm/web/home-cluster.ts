import type { HostNetwork } from '#runtime/network.ts'
import type { Log } from '#runtime/log.ts'
import { SaxesParser } from 'saxes'
import type { UserConfiguration } from '../configuration.ts'
import type { Cluster } from '../cluster.ts'
import { ports } from '../ports.ts'

export interface Home {
  readonly userName: string
  /** FQDN of a node of the user's home cluster; undefined where no cluster has the Home Cluster tick for him. */
  readonly node: string | undefined
}

export interface HomeQuery {
  readonly by: 'username' | 'email'
  readonly value: string
}

/**
 * Where a user is at home: this cluster's own table first, then, with ILS, every remote cluster's clusterUser;
 * the first that has the user wins. Remote clusters are asked not to ask further.
 */
export async function findHome(
  options: { readonly cluster: Cluster; readonly network: HostNetwork; readonly log: Log },
  query: HomeQuery,
  isFromRemote: boolean,
): Promise<Home | undefined> {
  const { cluster } = options
  const local = localUser(cluster, query)
  if (local?.homeCluster === true) return { userName: local.id, node: cluster.configuration.fqdn }
  const untold = local === undefined ? undefined : { userName: local.id, node: undefined }
  if (!cluster.configuration.ils || isFromRemote) return untold
  const answers = await Promise.allSettled(
    cluster.configuration.remoteClusters.map((remote) => askRemote(options.network, remote.fqdn, query)),
  )
  for (const answer of answers)
    if (answer.status === 'rejected') options.log.warn('remote cluster not reached', { why: String(answer.reason) })
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value ?? []) : []))[0] ?? untold
}

function localUser(cluster: Cluster, { by, value }: HomeQuery): UserConfiguration | undefined {
  if (by === 'username') return cluster.user(value)
  return cluster.configuration.users.find((each) => each.email?.toLowerCase() === value.toLowerCase())
}

/** Marks the queries of one cluster to another, so that two clusters never ask each other in a circle. */
export const remoteQueryHeader = 'x-cisco-ils-query'

async function askRemote(network: HostNetwork, fqdn: string, { by, value }: HomeQuery): Promise<Home | undefined> {
  const [address] = await network.resolver.addresses(fqdn)
  const client = network.httpClient(() =>
    network.dialTls({ to: { address: address!, port: ports.https }, protocol: 'HTTPS', tls: { serverName: fqdn } }),
  )
  try {
    const target = `/cucm-uds/clusterUser?${by}=${encodeURIComponent(value)}`
    const headers = { Host: `${fqdn}:${ports.https}`, [remoteQueryHeader]: '1' }
    const answer = await client.send({ method: 'GET', target, headers, timeoutMs: 5_000 })
    return answer.status === 200 ? readClusterUser(answer.body.toString('utf8')) : undefined
  } finally {
    await client.close()
  }
}

/** The home named by a clusterUser document; undefined for found="false" or no such document. */
function readClusterUser(text: string): Home | undefined {
  const parser = new SaxesParser()
  const open: string[] = []
  let isFound = false
  let userName = ''
  let node = ''
  let problem: Error | undefined
  parser.on('error', (error) => (problem ??= error))
  parser.on('doctype', () => (problem ??= new Error('a DTD is not taken')))
  parser.on('opentag', ({ name, attributes }) => {
    open.push(name)
    if (name !== 'result') return
    isFound = attributes['found'] === 'true'
    userName = decodeURIComponent(/\/user\/([^/]+)$/.exec(String(attributes['uri'] ?? ''))?.[1] ?? '')
  })
  parser.on('text', (part) => {
    if (open.at(-1) === 'homeCluster') node += part
  })
  parser.on('closetag', () => void open.pop())
  parser.write(text).close()
  return problem === undefined && isFound && node.trim() !== '' ? { userName, node: node.trim() } : undefined
}
